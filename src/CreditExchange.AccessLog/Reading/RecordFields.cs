namespace CreditExchange.AccessLog.Reading;

/// <summary>The fields of a stored record, one after the other, without making anything of them.</summary>
internal ref struct RecordFields(ReadOnlySpan<byte> record)
{
    private ReadOnlySpan<byte> rest = record;

    /// <summary>Number of the current field.</summary>
    public int Number { get; private set; }

    /// <summary>Its bytes, when it is length-delimited; else empty.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Its value, when it is a varint; else 0.</summary>
    public ulong Value { get; private set; }

    /// <summary>The current field as a time.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public readonly DateTimeOffset Time
    {
        get
        {
            var (seconds, nanos) = (0L, 0L);
            for (var parts = new RecordFields(Bytes); parts.Next();)
            {
                seconds = parts.Number == 1 ? (long)parts.Value : seconds;
                nanos = parts.Number == 2 ? (long)parts.Value : nanos;
            }

            return seconds is >= 0 and <= 253_402_300_799 && nanos is >= 0 and < 1_000_000_000
                ? DateTimeOffset.UnixEpoch.AddTicks((seconds * TimeSpan.TicksPerSecond) + (nanos / 100))
                : throw Broken();
        }
    }

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    public bool Next()
    {
        if (rest.IsEmpty)
        {
            return false;
        }

        var tag = Varint();
        Number = (int)(tag >> 3);
        Bytes = [];
        Value = 0;
        switch (tag & 7)
        {
            case 0:
                Value = Varint();
                return true;
            case 2:
                var length = Varint();
                if (length > (ulong)rest.Length)
                {
                    throw Broken();
                }

                Bytes = rest[..(int)length];
                rest = rest[(int)length..];
                return true;
            default:
                // A record has no fields of fixed length.
                throw Broken();
        }
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var i = 0; i < rest.Length && i < 10; i++)
        {
            value |= (ulong)(rest[i] & 0x7f) << (7 * i);
            if (rest[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return value;
            }
        }

        throw Broken();
    }

    private static InvalidDataException Broken() => new("The stored bytes are not a record.");
}
