using System.Buffers.Text;
using System.Globalization;
using System.Text;
using CreditExchange.Client.Streams;
using CreditExchange.Streaming.Producing;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Streaming.Relay;

/// <summary>Puts records and checkpoints into one topic's partitions. Used by one thread.</summary>
internal sealed class TopicWriter
{
    private readonly RecordProducer producer;
    private readonly int number;
    private readonly string topic;
    private readonly PartitionEnd[] ends;
    private readonly string ledgerId;
    private readonly byte[] ledger;
    private readonly CheckpointKey signing;
    private readonly long fence;

    /// <summary>Opens a topic.</summary>
    /// <param name="producer">Sends.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="ends">What its partitions end with.</param>
    /// <param name="ledgerId">Ledger and epoch.</param>
    /// <param name="signing">Signs checkpoints.</param>
    /// <param name="fence">The relay's epoch.</param>
    public TopicWriter(RecordProducer producer, string topic, PartitionEnd[] ends, string ledgerId, CheckpointKey signing, long fence)
    {
        (this.producer, this.topic, this.ends, this.ledgerId, this.signing, this.fence) = (producer, topic, ends, ledgerId, signing, fence);
        ledger = Encoding.ASCII.GetBytes(ledgerId);
        number = producer.Open(topic, (partition, offset) => ends[partition].Offset = Math.Max(ends[partition].Offset, offset + 1));
    }

    /// <summary>The ends of its partitions, as far as was written.</summary>
    public IReadOnlyList<PartitionEnd> Ends => ends;

    /// <summary>Sends a record, unless its partition has its position.</summary>
    /// <param name="page">Has its bytes.</param>
    /// <param name="record">The event.</param>
    /// <param name="partition">Where it belongs.</param>
    /// <param name="key">The record's key.</param>
    /// <param name="value">Its value; empty: a tombstone.</param>
    public void Write(RelayPage page, in RelayRecord record, int partition, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var end = ends[partition];
        if (record.Position <= end.Through)
        {
            return;
        }

        Span<byte> previous = stackalloc byte[20];
        producer.Send(number, new OutgoingRecord
        {
            Partition = partition,
            TimestampMs = record.TimestampMs,
            Key = key,
            Value = value,
            Position = page.PositionText(record),
            Kind = record.Kind,
            LedgerId = ledger,
            Schema = "creditexchange.v1.LedgerEvent"u8,
            Commitment = page.CommitmentText(record),
            Previous = Digits(end.Digest.Last, previous),
        });
        end.Digest.Append(record.Position, page.Commitment(record));
    }

    /// <summary>Everything up to a position has been sent.</summary>
    public void Reached(long position)
    {
        foreach (var end in ends)
        {
            end.Through = Math.Max(end.Through, position);
        }
    }

    /// <summary>Sends a checkpoint to every partition.</summary>
    public void WriteCheckpoints(DateTimeOffset now)
    {
        Span<byte> through = stackalloc byte[20];
        Span<byte> previous = stackalloc byte[20];
        for (var i = 0; i < ends.Length; i++)
        {
            var end = ends[i];
            var signed = signing.Sign(new StreamCheckpoint
            {
                LedgerId = ledgerId,
                Topic = topic,
                Partition = i,
                ThroughPosition = end.Through,
                Count = end.Digest.Count,
                Digest = ByteString.CopyFrom(end.Digest.Value),
                LastPosition = end.Digest.Last,
                RelayEpoch = fence,
                Time = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(now),
            });
            producer.Send(number, new OutgoingRecord
            {
                Partition = i,
                TimestampMs = now.ToUnixTimeMilliseconds(),
                Key = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"checkpoint-{i}")),
                Value = signed.ToByteArray(),
                Position = Digits(end.Through, through),
                Kind = "CHECKPOINT"u8,
                LedgerId = ledger,
                Schema = "creditexchange.v1.SignedCheckpoint"u8,
                Previous = Digits(end.Digest.Last, previous),
            });
        }
    }

    private static Span<byte> Digits(long number, Span<byte> target)
    {
        Utf8Formatter.TryFormat(number, target, out var length);
        return target[..length];
    }
}
