using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Ledger;

/// <summary>What a verification found.</summary>
/// <param name="LedgerId">Id and epoch.</param>
/// <param name="Head">The last position read.</param>
/// <param name="Chain">Chain hash at the head, lower-case hex: compare it with an older report or another copy.</param>
/// <param name="Events">Events read.</param>
/// <param name="Erased">Events whose content was erased.</param>
/// <param name="FaultPosition">Position of the first fault; null: none.</param>
/// <param name="Fault">What is wrong there; null: nothing.</param>
public sealed record VerifyReport(string LedgerId, long Head, string Chain, long Events, long Erased, long? FaultPosition, string? Fault)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Fault is null;

    /// <summary>Listings and other entities that have a state.</summary>
    public long Entities { get; init; }

    /// <summary>Entities that were erased.</summary>
    public long ErasedEntities { get; init; }

    /// <summary>Epochs.</summary>
    public long Epochs { get; init; }

    /// <summary>The report as the contract has it.</summary>
    public LedgerReport ToMessage() => new()
    {
        LedgerId = LedgerId,
        Position = Head,
        Chain = ByteString.CopyFrom(Convert.FromHexString(Chain)),
        Events = Events,
        ErasedEvents = Erased,
        Entities = Entities,
        ErasedEntities = ErasedEntities,
        Epochs = Epochs,
        FaultPosition = FaultPosition ?? 0,
        Fault = Fault ?? "",
    };
}
