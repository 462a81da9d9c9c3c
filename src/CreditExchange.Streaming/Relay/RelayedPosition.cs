using CreditExchange.Ledger;

namespace CreditExchange.Streaming.Relay;

/// <summary>How far a stream is by the store's word, whichever node relays.</summary>
/// <param name="Position">Everything up to here is in the topics; 0: nothing is known.</param>
/// <param name="Partitions">Partitions of each topic; 0: not known.</param>
public readonly record struct RelayedPosition(long Position, int Partitions)
{
    /// <summary>Reads it.</summary>
    public static RelayedPosition Read(IProgressStore store, string audience) =>
        RelayProgress.Read(store, audience) is { } kept ? new RelayedPosition(kept.Through, kept.Events.Count) : default;
}
