using System.Globalization;
using System.Text;
using Confluent.Kafka;
using CreditExchange.Client.Streams;
using CreditExchange.V1;
using Google.Protobuf;
using Timestamp = Confluent.Kafka.Timestamp;

namespace CreditExchange.Streaming.Relay;

/// <summary>Puts records and checkpoints into one topic's partitions. Used by one thread.</summary>
internal sealed class TopicWriter(string topic, PartitionEnd[] ends, string ledgerId, CheckpointKey signing, long fence)
{
    private static readonly byte[] EventSchema = Encoding.ASCII.GetBytes(StreamHeaders.EventSchema);
    private static readonly byte[] CheckpointSchema = Encoding.ASCII.GetBytes(StreamHeaders.CheckpointSchema);
    private static readonly byte[] Protobuf = Encoding.ASCII.GetBytes(StreamHeaders.Protobuf);
    private static readonly byte[] CheckpointKind = Encoding.ASCII.GetBytes(StreamHeaders.Checkpoint);
    private readonly byte[] ledger = Encoding.ASCII.GetBytes(ledgerId);

    /// <summary>The topic.</summary>
    public string Topic => topic;

    /// <summary>The ends of its partitions, as far as was written.</summary>
    public IReadOnlyList<PartitionEnd> Ends => ends;

    /// <summary>Sends a record, unless its partition has its position.</summary>
    /// <param name="send">Takes it.</param>
    /// <param name="record">The event.</param>
    /// <param name="key">The record's key.</param>
    /// <param name="value">Its value; null: a tombstone.</param>
    public void Write(Action<TopicPartition, Message<string, byte[]>> send, RelayRecord record, string key, byte[]? value)
    {
        var partition = StreamPartition.Of(key, ends.Length);
        var end = ends[partition];
        if (record.Position <= end.Through)
        {
            return;
        }

        var headers = new Headers
        {
            { StreamHeaders.Position, Number(record.Position) },
            { StreamHeaders.Kind, Encoding.ASCII.GetBytes(record.Kind) },
            { StreamHeaders.LedgerId, ledger },
            { StreamHeaders.Schema, EventSchema },
            { StreamHeaders.ContentType, Protobuf },
            { StreamHeaders.Commitment, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(record.Commitment)) },
            { StreamHeaders.PreviousInPartition, Number(end.Digest.Last) },
        };
        send(
            new TopicPartition(topic, partition),
            new Message<string, byte[]> { Key = key, Value = value!, Headers = headers, Timestamp = new Timestamp(record.RecordedAt) });
        end.Digest.Append(record.Position, record.Commitment);
    }

    /// <summary>Everything up to a position has been sent.</summary>
    public void Reached(long position)
    {
        foreach (var end in ends)
        {
            end.Through = Math.Max(end.Through, position);
        }
    }

    /// <summary>A broker has a record at an offset.</summary>
    public void Confirmed(string where, int partition, long offset)
    {
        if (where == topic)
        {
            ends[partition].Offset = Math.Max(ends[partition].Offset, offset + 1);
        }
    }

    /// <summary>Sends a checkpoint to every partition.</summary>
    public void WriteCheckpoints(Action<TopicPartition, Message<string, byte[]>> send, DateTimeOffset now)
    {
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
            var headers = new Headers
            {
                { StreamHeaders.Position, Number(end.Through) },
                { StreamHeaders.Kind, CheckpointKind },
                { StreamHeaders.LedgerId, ledger },
                { StreamHeaders.Schema, CheckpointSchema },
                { StreamHeaders.ContentType, Protobuf },
                { StreamHeaders.PreviousInPartition, Number(end.Digest.Last) },
            };
            send(
                new TopicPartition(topic, i),
                new Message<string, byte[]> { Key = $"checkpoint-{i}", Value = signed.ToByteArray(), Headers = headers, Timestamp = new Timestamp(now) });
        }
    }

    private static byte[] Number(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));
}
