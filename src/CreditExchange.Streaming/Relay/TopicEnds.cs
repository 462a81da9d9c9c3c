using System.Globalization;
using System.Text;
using Confluent.Kafka;
using CreditExchange.Client.Streams;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Streaming.Relay;

/// <summary>
/// Reads the ends of a topic's partitions: back to the last checkpoint, and from there what stands behind it. Whatever the relay
/// kept of its own is only believed where the topic doesn't know better.
/// </summary>
/// <param name="reader">A client that is used for nothing else meanwhile.</param>
/// <param name="ledgerId">Ledger and epoch.</param>
/// <param name="isOwn">Whether a checkpoint is of this hub.</param>
internal sealed class TopicEnds(IConsumer<string, byte[]> reader, string ledgerId, Func<SignedCheckpoint, bool> isOwn)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private const long FirstLook = 64;

    /// <summary>The ends of all partitions.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partitions">Its partitions.</param>
    /// <param name="kept">What the relay kept of them; null: it begins.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="StreamRefusedException">The topic has lost records, or isn't this stream's.</exception>
    /// <exception cref="KafkaException">The brokers can't be reached now.</exception>
    public PartitionEnd[] Read(string topic, int partitions, IReadOnlyList<RelayProgress.End>? kept, CancellationToken cancellation)
    {
        var ends = new PartitionEnd[partitions];
        var open = new Dictionary<int, Look>();
        for (var i = 0; i < partitions; i++)
        {
            var marks = reader.QueryWatermarkOffsets(new TopicPartition(topic, i), Patience);
            if (kept is not null && marks.High.Value < kept[i].Offset)
            {
                throw new StreamRefusedException(
                    $"partition {i} of '{topic}' ends at offset {marks.High.Value}, and {kept[i].Offset} were written: it has lost records. "
                    + "Begin the next generation (Kafka:Audiences:n:Generation), which is written from the ledger's first position.");
            }

            open[i] = new Look(marks.Low.Value, marks.High.Value, FirstLook);
        }

        while (open.Count > 0)
        {
            ReadOnce(topic, open, cancellation);
            foreach (var (i, look) in open.ToList())
            {
                if (look.Checkpoint is null && look.From > look.Low)
                {
                    open[i] = new Look(look.Low, look.High, look.Length * 16);
                    continue;
                }

                ends[i] = End(topic, i, look, kept?[i]);
                open.Remove(i);
            }
        }

        reader.Unassign();
        return ends;
    }

    private void ReadOnce(string topic, Dictionary<int, Look> open, CancellationToken cancellation)
    {
        var waiting = open.Where(o => o.Value.High > o.Value.From).Select(o => o.Key).ToHashSet();
        reader.Assign(waiting.Select(i => new TopicPartitionOffset(topic, i, open[i].From)));
        while (waiting.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var result = reader.Consume(Patience) ?? throw new KafkaException(new Error(ErrorCode.Local_TimedOut, "the ends of the topics can't be read"));
            var i = result.Partition.Value;
            if (result.IsPartitionEOF)
            {
                waiting.Remove(i);
            }
            else if (open.TryGetValue(i, out var look))
            {
                Take(topic, look, result);
            }
        }
    }

    private void Take(string topic, Look look, ConsumeResult<string, byte[]> record)
    {
        var headers = record.Message.Headers;
        if (Text(headers, StreamHeaders.LedgerId) is not { } ledger || !long.TryParse(Text(headers, StreamHeaders.Position), NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            throw new StreamRefusedException($"'{topic}' holds a record at {record.TopicPartitionOffset} that no relay has written. Let nobody else write there.");
        }

        if (ledger != ledgerId)
        {
            throw new StreamRefusedException(
                $"'{topic}' belongs to ledger and epoch {ledger}, and this is {ledgerId}. Begin the next generation (Kafka:Audiences:n:Generation), "
                + "which is written from the ledger's first position.");
        }

        if (Text(headers, StreamHeaders.Kind) != StreamHeaders.Checkpoint)
        {
            look.Records.Add((position, Convert.FromHexString(Text(headers, StreamHeaders.Commitment) ?? "")));
        }
        else if (Checkpoint(record.Message.Value) is { } checkpoint && (look.Checkpoint is null || checkpoint.ThroughPosition >= look.Checkpoint.ThroughPosition))
        {
            // An older one may follow, of a relay that was paused.
            look.Checkpoint = checkpoint;
            look.Records.RemoveAll(r => r.Position <= checkpoint.ThroughPosition);
        }
    }

    private StreamCheckpoint? Checkpoint(byte[] value)
    {
        var signed = SignedCheckpoint.Parser.ParseFrom(value);
        return isOwn(signed) ? StreamCheckpoint.Parser.ParseFrom(signed.Checkpoint) : null;
    }

    private PartitionEnd End(string topic, int partition, Look look, RelayProgress.End? kept)
    {
        PartitionEnd end;
        if (look.Checkpoint is { } checkpoint)
        {
            end = new PartitionEnd(new StreamDigest(checkpoint.Digest.Span, checkpoint.Count, checkpoint.LastPosition)) { Through = checkpoint.ThroughPosition };
        }
        else if (look.Low == 0)
        {
            end = new PartitionEnd(new StreamDigest(ledgerId, topic, partition));
        }
        else
        {
            end = kept?.Open() ?? throw new StreamRefusedException(
                $"partition {partition} of '{topic}' has no beginning and no checkpoint, and nothing is kept of it here. Begin the next generation.");
        }

        foreach (var (position, commitment) in look.Records.OrderBy(r => r.Position))
        {
            if (position > end.Digest.Last)
            {
                end.Digest.Append(position, commitment);
                end.Through = Math.Max(end.Through, position);
            }
        }

        // A partition whose records were all deleted by their age says less than what is kept.
        if (kept is not null && kept.Through > end.Through)
        {
            end = kept.Open();
        }

        end.Offset = look.High;
        return end;
    }

    private static string? Text(Headers headers, string name) =>
        headers.TryGetLastBytes(name, out var bytes) ? Encoding.ASCII.GetString(bytes) : null;

    private sealed class Look(long low, long high, long length)
    {
        public long Low => low;

        public long High => high;

        public long Length => length;

        public long From { get; } = Math.Max(low, high - length);

        public StreamCheckpoint? Checkpoint { get; set; }

        public List<(long Position, byte[] Commitment)> Records { get; } = [];
    }
}
