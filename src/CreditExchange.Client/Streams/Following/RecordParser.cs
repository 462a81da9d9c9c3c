using System.Buffers.Text;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Client.Streams.Following;

/// <summary>Reads records of one topic. Safe for many threads.</summary>
internal sealed class RecordParser(int partitions, CheckpointKeys keys)
{
    // Nearly always the same.
    private byte[] ledger = [];

    /// <summary>Reads a record; what is wrong with it stands in the result.</summary>
    public ParsedRecord Parse(RawRecord record)
    {
        var parsed = new ParsedRecord { From = record, Partition = record.Partition, Offset = record.Offset, HasValue = record.HasValue };
        parsed.Poison = ReadHeaders(parsed, record.Headers, out var schema);
        if (parsed.Poison == PoisonReason.None)
        {
            parsed.Poison = parsed.IsCheckpoint ? ReadCheckpoint(parsed, schema) : ReadEvent(parsed, schema);
        }

        return parsed;
    }

    private PoisonReason ReadHeaders(ParsedRecord parsed, nint headers, out bool isKnown)
    {
        isKnown = true;
        var (position, previous, kind) = (-1L, -1L, false);
        ReadOnlySpan<byte> schema = default, commitment = default;
        for (var i = 0; RawRecord.TryHeader(headers, i, out var name, out var value); i++)
        {
            // A newer relay may tell more.
            if (name.SequenceEqual("position"u8))
            {
                position = Number(value);
            }
            else if (name.SequenceEqual("kind"u8))
            {
                kind = value.Length > 0;
                parsed.IsCheckpoint = value.SequenceEqual("CHECKPOINT"u8);
            }
            else if (name.SequenceEqual("ledger_id"u8))
            {
                parsed.Ledger = Ledger(value);
            }
            else if (name.SequenceEqual("schema"u8))
            {
                schema = value;
            }
            else if (name.SequenceEqual("content_type"u8))
            {
                isKnown = value.SequenceEqual("application/x-protobuf"u8);
            }
            else if (name.SequenceEqual("commitment"u8))
            {
                commitment = value;
            }
            else if (name.SequenceEqual("previous_in_partition"u8))
            {
                previous = Number(value);
            }
        }

        isKnown &= schema.SequenceEqual(parsed.IsCheckpoint ? "creditexchange.v1.SignedCheckpoint"u8 : "creditexchange.v1.LedgerEvent"u8);
        parsed.Position = position;
        parsed.Previous = previous;
        if (!kind || parsed.Ledger.Length == 0 || position < 0 || previous < 0 || schema.Length == 0)
        {
            return PoisonReason.Headers;
        }

        return parsed.IsCheckpoint
            || (position > previous && commitment.Length == 2 * Commitment.Size
                && Convert.FromHexString(commitment, parsed.Commitment, out _, out _) == System.Buffers.OperationStatus.Done)
            ? PoisonReason.None
            : PoisonReason.Headers;
    }

    private byte[] Ledger(ReadOnlySpan<byte> value)
    {
        var known = ledger;
        return value.SequenceEqual(known) ? known : ledger = value.ToArray();
    }

    private PoisonReason ReadEvent(ParsedRecord parsed, bool isKnown)
    {
        // Of another partition it can't count in this one.
        var key = parsed.From.Key;
        if (key.IsEmpty || StreamPartition.Of(key, partitions) != parsed.Partition)
        {
            return PoisonReason.Partition;
        }

        parsed.Key = key.ToArray();
        parsed.HasPosition = true;
        if (!isKnown)
        {
            return PoisonReason.Schema;
        }

        if (!parsed.HasValue)
        {
            return PoisonReason.Value;
        }

        try
        {
            parsed.Event = LedgerEvent.Parser.ParseFrom(parsed.From.Value);
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
        if (!isKnown || !parsed.HasValue)
        {
            return isKnown ? PoisonReason.Value : PoisonReason.Schema;
        }

        try
        {
            var signed = SignedCheckpoint.Parser.ParseFrom(parsed.From.Value);
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
