using CreditExchange.V1;

namespace CreditExchange.Streaming.Relay;

/// <summary>The kinds' names in headers: as in the contract, without their prefix.</summary>
internal static class EventKindNames
{
    private const string Prefix = "EVENT_KIND_";
    private static readonly Dictionary<int, string> Names =
        LedgerReflection.Descriptor.EnumTypes.Single(e => e.Name == nameof(EventKind)).Values.ToDictionary(v => v.Number, v => v.Name[Prefix.Length..]);

    /// <summary>The name of a kind.</summary>
    public static string Of(EventKind kind) => Names[(int)kind];
}
