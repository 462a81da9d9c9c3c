using System.Buffers.Text;
using Confluent.Kafka;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Client.Streams.Following;

/// <summary>Reads records of one topic. Safe for many threads.</summary>
internal sealed class RecordParser(int partitions, CheckpointKeys keys)
{
    private const int CommitmentSize = 32;

    /// <summary>Reads a record; what is wrong with it stands in the result.</summary>
    public ParsedRecord Parse(ConsumeResult<byte[]?, byte[]?> record)
    {
        var parsed = new ParsedRecord { From = record, Partition = record.Partition.Value, Offset = record.Offset.Value };
        parsed.Poison = ReadHeaders(parsed, record.Message.Headers, out var schema);
        if (parsed.Poison == PoisonReason.None)
        {
            parsed.Poison = parsed.IsCheckpoint ? ReadCheckpoint(parsed, schema) : ReadEvent(parsed, schema);
        }

        return parsed;
    }

    private static PoisonReason ReadHeaders(ParsedRecord parsed, Headers? headers, out bool isKnown)
    {
        isKnown = true;
        if (headers is null)
        {
            return PoisonReason.Headers;
        }

        var (position, previous, kind) = (-1L, -1L, false);
        var (schema, commitment) = (Array.Empty<byte>(), Array.Empty<byte>());
        for (var i = 0; i < headers.Count; i++)
        {
            var value = headers[i].GetValueBytes() ?? [];
            switch (headers[i].Key)
            {
                case StreamHeaders.Position:
                    position = Number(value);
                    break;
                case StreamHeaders.Kind:
                    kind = value.Length > 0;
                    parsed.IsCheckpoint = value.AsSpan().SequenceEqual("CHECKPOINT"u8);
                    break;
                case StreamHeaders.LedgerId:
                    parsed.Ledger = value;
                    break;
                case StreamHeaders.Schema:
                    schema = value;
                    break;
                case StreamHeaders.ContentType:
                    isKnown = value.AsSpan().SequenceEqual("application/x-protobuf"u8);
                    break;
                case StreamHeaders.Commitment:
                    commitment = value;
                    break;
                case StreamHeaders.PreviousInPartition:
                    previous = Number(value);
                    break;
                default:
                    // A newer relay may tell more.
                    break;
            }
        }

        isKnown &= schema.AsSpan().SequenceEqual(parsed.IsCheckpoint ? "creditexchange.v1.SignedCheckpoint"u8 : "creditexchange.v1.LedgerEvent"u8);
        parsed.Position = position;
        parsed.Previous = previous;
        if (!kind || parsed.Ledger.Length == 0 || position < 0 || previous < 0 || schema.Length == 0)
        {
            return PoisonReason.Headers;
        }

        if (parsed.IsCheckpoint)
        {
            return PoisonReason.None;
        }

        var bytes = new byte[CommitmentSize];
        if (position == 0 || previous >= position || commitment.Length != 2 * CommitmentSize
            || System.Buffers.OperationStatus.Done != Convert.FromHexString(commitment, bytes, out _, out _))
        {
            return PoisonReason.Headers;
        }

        parsed.Commitment = bytes;
        return PoisonReason.None;
    }

    private PoisonReason ReadEvent(ParsedRecord parsed, bool isKnown)
    {
        // Of another partition it can't count in this one.
        if (parsed.From.Message.Key is not { Length: > 0 } key || StreamPartition.Of(key, partitions) != parsed.Partition)
        {
            return PoisonReason.Partition;
        }

        parsed.HasPosition = true;
        if (!isKnown)
        {
            return PoisonReason.Schema;
        }

        if (parsed.From.Message.Value is not { } value)
        {
            return PoisonReason.Value;
        }

        try
        {
            parsed.Event = LedgerEvent.Parser.ParseFrom(value);
        }
        catch (InvalidProtocolBufferException)
        {
            return PoisonReason.Value;
        }

        return parsed.Event.Position == parsed.Position && parsed.Event.Commitment.Span.SequenceEqual(parsed.Commitment)
            ? PoisonReason.None
            : PoisonReason.Contradiction;
    }

    private PoisonReason ReadCheckpoint(ParsedRecord parsed, bool isKnown)
    {
        if (!isKnown || parsed.From.Message.Value is not { } value)
        {
            return isKnown ? PoisonReason.Value : PoisonReason.Schema;
        }

        try
        {
            var signed = SignedCheckpoint.Parser.ParseFrom(value);
            parsed.Checkpoint = StreamCheckpoint.Parser.ParseFrom(signed.Checkpoint);
            parsed.Signature = keys.Judge(signed);
            return PoisonReason.None;
        }
        catch (InvalidProtocolBufferException)
        {
            return PoisonReason.Value;
        }
    }

    private static long Number(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long number, out var read) && read == text.Length && text[0] is >= (byte)'0' and <= (byte)'9' ? number : -1;
}
