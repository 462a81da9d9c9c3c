namespace CreditExchange.Client.Streams.Following;

/// <summary>How far a consumer is in one partition.</summary>
/// <param name="Offset">The next record to read.</param>
/// <param name="LastPosition">The last position applied; 0: none.</param>
/// <param name="Count">How many positions stood there up to it.</param>
/// <param name="Digest">Their digest, 32 bytes; empty: the next checkpoint tells it, since a fault was accepted.</param>
/// <param name="VerifiedThrough">Up to here a checkpoint has proved that nothing is missing.</param>
public sealed record PartitionProgress(long Offset, long LastPosition, long Count, byte[] Digest, long VerifiedThrough);

/// <summary>How far a consumer is.</summary>
/// <param name="LedgerId">Ledger and epoch of the positions.</param>
/// <param name="Topic">Topic of the events.</param>
/// <param name="Partitions">Each partition's, from 0.</param>
public sealed record StreamProgress(string LedgerId, string Topic, IReadOnlyList<PartitionProgress> Partitions);

/// <summary>
/// Keeps a consumer's progress. A store of the caller's own, in the database that the events are applied to, makes effect and progress
/// one: with <see cref="StreamConsumerOptions.SaveEvery"/> 1 it is called after each event.
/// </summary>
public interface IStreamProgressStore
{
    /// <summary>The kept progress; null: there is none, and the consumer starts as a newcomer.</summary>
    ValueTask<StreamProgress?> ReadAsync(CancellationToken cancellation);

    /// <summary>Keeps progress in place of what was kept; what it says has been applied.</summary>
    ValueTask WriteAsync(StreamProgress progress, CancellationToken cancellation);
}
