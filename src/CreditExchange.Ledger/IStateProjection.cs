using CreditExchange.V1;

namespace CreditExchange.Ledger;

/// <summary>
/// Makes an entity's state from its newest event, as the hub made it when it appended it. The ledger keeps what its writers
/// give it; with this it can be compared with the events (<see cref="ILedger.VerifyAsync"/>) and made again from them
/// (<see cref="OfflineLedger.RebuildAsync"/>). Used by one thread, with events in order.
/// </summary>
public interface IStateProjection
{
    /// <summary>A catalogue came into force at a position; told in order, before events above it are projected.</summary>
    void Activated(long position, byte[] catalogue);

    /// <summary>The state after an event.</summary>
    /// <param name="stored">The event as it is stored.</param>
    /// <param name="whole">The same, opened.</param>
    /// <param name="keys">The hub's keys.</param>
    ProjectedState Project(StoredEvent stored, LedgerEvent whole, HubKeys keys);
}

/// <summary>What is derived from an entity's newest event.</summary>
/// <param name="State">State of a listing; else unspecified.</param>
/// <param name="IsLive">Whether it is not final.</param>
/// <param name="Subjects">Under which subjects it is found.</param>
/// <param name="Source">Its source key, where it has one.</param>
public sealed record ProjectedState(ListingState State, bool IsLive, IReadOnlyList<SubjectEntry> Subjects, SourceKey? Source);
