using System.Text;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.AccessLog.Reading;

/// <summary>The few fields of a record that the index needs, taken from its bytes without making the message.</summary>
internal static class RecordFields
{
    private const uint TimeTag = (AccessRecord.TimeFieldNumber << 3) | 2;
    private const uint RequestIdTag = (AccessRecord.RequestIdFieldNumber << 3) | 2;
    private const uint CallerRequestIdTag = (AccessRecord.CallerRequestIdFieldNumber << 3) | 2;

    /// <summary>Reads time and request ids; false where the bytes are no record.</summary>
    /// <param name="record">The record's bytes.</param>
    /// <param name="time">Its time, in ticks of .NET, UTC.</param>
    /// <param name="requestId">Hash of the hub's request id; 0: none.</param>
    /// <param name="callerRequestId">Hash of the caller's request id; 0: none.</param>
    public static bool TryRead(ReadOnlySpan<byte> record, out long time, out ulong requestId, out ulong callerRequestId)
    {
        (time, requestId, callerRequestId) = (0, 0, 0);
        for (var at = 0; at < record.Length;)
        {
            if (!TryVarint(record, ref at, out var tag))
            {
                return false;
            }

            switch (tag & 7)
            {
                case 0:
                    if (!TryVarint(record, ref at, out _))
                    {
                        return false;
                    }

                    break;
                case 2:
                    if (!TryVarint(record, ref at, out var length) || length > (ulong)(record.Length - at))
                    {
                        return false;
                    }

                    var value = record.Slice(at, (int)length);
                    at += (int)length;
                    if (tag == TimeTag && !TryTime(value, out time))
                    {
                        return false;
                    }

                    requestId = tag == RequestIdTag ? Hash(value) : requestId;
                    callerRequestId = tag == CallerRequestIdTag ? Hash(value) : callerRequestId;
                    break;
                default:
                    // No other wire type stands in a record today; whoever adds one teaches it here.
                    return false;
            }
        }

        return true;
    }

    /// <summary>The hash of an id, as <see cref="TryRead"/> gives it; 0: empty.</summary>
    public static ulong Hash(string id) => Hash(Encoding.UTF8.GetBytes(id));

    // FNV-1a, and its bits mixed: the filter takes them apart.
    private static ulong Hash(ReadOnlySpan<byte> id)
    {
        if (id.Length == 0)
        {
            return 0;
        }

        var hash = 14_695_981_039_346_656_037;
        foreach (var b in id)
        {
            hash = (hash ^ b) * 1_099_511_628_211;
        }

        hash = (hash ^ (hash >> 32)) * 0xD6E8_FEB8_6659_FD93;
        hash ^= hash >> 32;
        return hash == 0 ? 1 : hash;
    }

    private static bool TryTime(ReadOnlySpan<byte> bytes, out long ticks)
    {
        ulong seconds = 0, nanos = 0;
        ticks = 0;
        for (var at = 0; at < bytes.Length;)
        {
            if (!TryVarint(bytes, ref at, out var tag) || !TryVarint(bytes, ref at, out var value))
            {
                return false;
            }

            seconds = tag == Timestamp.SecondsFieldNumber << 3 ? value : seconds;
            nanos = tag == Timestamp.NanosFieldNumber << 3 ? value : nanos;
        }

        if (seconds > 253_402_300_799 || nanos > 999_999_999)
        {
            return false;
        }

        ticks = DateTimeOffset.UnixEpoch.Ticks + ((long)seconds * TimeSpan.TicksPerSecond) + ((long)nanos / 100);
        return true;
    }

    private static bool TryVarint(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            var b = bytes[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
