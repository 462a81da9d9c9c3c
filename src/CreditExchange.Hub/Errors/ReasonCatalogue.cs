using System.Collections.Frozen;
using CreditExchange.V1;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace CreditExchange.Hub.Errors;

/// <summary>Code and texts of each reason, read from the options in error_reason.proto: the only place they stand.</summary>
public static class ReasonCatalogue
{
    private const string Prefix = "ERROR_REASON_";

    private static readonly FrozenDictionary<ErrorReason, Entry> Entries =
        ErrorReasonReflection.Descriptor.EnumTypes.Single(e => e.Name == nameof(ErrorReason)).Values
            .Where(v => v.Number != 0)
            .ToFrozenDictionary(v => (ErrorReason)v.Number, Read);

    /// <summary>What a reason means.</summary>
    public static Entry Get(ErrorReason reason) => Entries[reason];

    /// <summary>All reasons that can be sent.</summary>
    public static IEnumerable<ErrorReason> All => Entries.Keys;

    private static Entry Read(EnumValueDescriptor value)
    {
        var info = value.GetOptions()?.GetExtension(ErrorReasonExtensions.ReasonInfo)
            ?? throw new InvalidOperationException($"{value.Name} carries no reason_info.");
        return new Entry(value.Name[Prefix.Length..], (StatusCode)info.Code, info);
    }

    /// <summary>A reason's name on the wire, its code and its texts.</summary>
    /// <param name="Name">As in ErrorInfo.reason.</param>
    /// <param name="Code">The status code it comes with.</param>
    /// <param name="Info">Its texts in both languages.</param>
    public sealed record Entry(string Name, StatusCode Code, ErrorReasonInfo Info);
}
