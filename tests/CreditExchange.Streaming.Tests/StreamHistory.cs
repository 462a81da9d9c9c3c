using Confluent.Kafka;
using CreditExchange.Client.Streams;
using CreditExchange.V1;

namespace CreditExchange.Streaming.Tests;

/// <summary>
/// Judges what stands in the events' topic by the rules of docs/streaming.md alone, as a consumer must: every position once, in order in its
/// partition, each partition's chain without a gap, each checkpoint with the digest of what stands before it.
/// </summary>
internal sealed class StreamHistory(string topic, int partitions)
{
    private readonly StreamDigest?[] digests = new StreamDigest?[partitions];
    private readonly long[] checkpointed = new long[partitions];

    /// <summary>The first fault; empty: none.</summary>
    public string Fault { get; private set; } = "";

    /// <summary>The records by position, the first of each.</summary>
    public Dictionary<long, ConsumeResult<string, byte[]>> Records { get; } = [];

    /// <summary>How many of the positions from 1 up to one are there. Partitions are read one after the other, so what is beyond may be there in part.</summary>
    public long CountThrough(long position) => Records.Keys.LongCount(p => p <= position);

    /// <summary>Records that a consumer drops, since it has their position.</summary>
    public int Doubles { get; private set; }

    /// <summary>Checkpoints that were compared.</summary>
    public int Checkpoints { get; private set; }

    /// <summary>Every position up to here that there is has come, by the checkpoints of all partitions.</summary>
    public long Through => checkpointed.Min();

    /// <summary>Judges a topic that was read to its end.</summary>
    public static StreamHistory Of(IEnumerable<ConsumeResult<string, byte[]>> records, string topic, int partitions)
    {
        var history = new StreamHistory(topic, partitions);
        foreach (var record in records)
        {
            history.Take(record);
        }

        return history;
    }

    /// <summary>Judges the next record of its partition.</summary>
    public void Take(ConsumeResult<string, byte[]> record)
    {
        var partition = record.Partition.Value;
        var digest = digests[partition] ??= new StreamDigest(record.Header(StreamHeaders.LedgerId), topic, partition);
        var where = $"partition {partition}, offset {record.Offset.Value}, position {record.Position()}";
        if (record.IsCheckpoint())
        {
            Compare(StreamCheckpoint.Parser.ParseFrom(SignedCheckpoint.Parser.ParseFrom(record.Message.Value).Checkpoint), digest, where);
            checkpointed[partition] = Math.Max(checkpointed[partition], record.Position());
        }
        else if (record.Position() <= digest.Last)
        {
            Doubles++;
        }
        else
        {
            Note(record.Header(StreamHeaders.PreviousInPartition) == $"{digest.Last}", $"{where}: a gap after {digest.Last}");
            Note(StreamPartition.Of(record.Message.Key, partitions) == partition, $"{where}: in the wrong partition");
            Note(Records.TryAdd(record.Position(), record), $"{where}: in another partition too");
            digest.Append(record.Position(), Convert.FromHexString(record.Header(StreamHeaders.Commitment)));
        }
    }

    private void Compare(StreamCheckpoint checkpoint, StreamDigest digest, string where)
    {
        // One of a relay that was paused tells of less.
        if (checkpoint.LastPosition < digest.Last)
        {
            return;
        }

        Checkpoints++;
        Note(checkpoint.Count == digest.Count && checkpoint.Digest.Span.SequenceEqual(digest.Value), $"{where}: another digest");
    }

    private void Note(bool holds, string fault)
    {
        if (!holds && Fault.Length == 0)
        {
            Fault = fault;
        }
    }
}
