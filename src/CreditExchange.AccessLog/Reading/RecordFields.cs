using CreditExchange.Ledger;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.AccessLog.Reading;

/// <summary>The fields of a stored record, one after the other, without making anything of them.</summary>
internal ref struct RecordFields(ReadOnlySpan<byte> record)
{
    private WireFields fields = new(record);

    /// <summary>Number of the current field.</summary>
    public readonly int Number => fields.Number;

    /// <summary>Its bytes, when it is length-delimited; else empty.</summary>
    public readonly ReadOnlySpan<byte> Bytes => fields.Bytes;

    /// <summary>Its value, when it is a varint; else 0.</summary>
    public readonly ulong Value => fields.Value;

    /// <summary>The current field as a time.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public readonly DateTimeOffset Time
    {
        get
        {
            var (seconds, nanos) = (0L, 0L);
            for (var parts = new RecordFields(Bytes); parts.Next();)
            {
                seconds = parts.Number == Timestamp.SecondsFieldNumber ? (long)parts.Value : seconds;
                nanos = parts.Number == Timestamp.NanosFieldNumber ? (long)parts.Value : nanos;
            }

            return seconds is >= 0 and <= 253_402_300_799 && nanos is >= 0 and < 1_000_000_000
                ? DateTimeOffset.UnixEpoch.AddTicks((seconds * TimeSpan.TicksPerSecond) + (nanos / 100))
                : throw Broken();
        }
    }

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The bytes are no record: it has no fields of fixed length.</exception>
    public bool Next()
    {
        var isThere = fields.Next();
        return isThere && fields.IsFixed ? throw Broken() : isThere;
    }

    private static InvalidDataException Broken() => new("The stored bytes are not a record.");
}
