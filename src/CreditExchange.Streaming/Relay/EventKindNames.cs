using System.Text;
using CreditExchange.V1;

namespace CreditExchange.Streaming.Relay;

/// <summary>The kinds' names in headers: as in the contract, without their prefix, in ASCII.</summary>
internal static class EventKindNames
{
    private const string Prefix = "EVENT_KIND_";
    private static readonly Dictionary<int, byte[]> Names = LedgerReflection.Descriptor.EnumTypes.Single(e => e.Name == nameof(EventKind)).Values
        .ToDictionary(v => v.Number, v => Encoding.ASCII.GetBytes(v.Name[Prefix.Length..]));

    /// <summary>The name of a kind; not to be changed.</summary>
    public static byte[] Of(EventKind kind) => Names[(int)kind];
}
