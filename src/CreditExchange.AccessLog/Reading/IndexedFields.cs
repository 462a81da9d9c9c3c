using System.Text;
using CreditExchange.V1;

namespace CreditExchange.AccessLog.Reading;

/// <summary>The few fields of a record that the index needs, taken from its bytes without making the message.</summary>
internal static class IndexedFields
{
    /// <summary>Reads time and request ids; false where the bytes are no record.</summary>
    /// <param name="record">The record's bytes.</param>
    /// <param name="time">Its time, in ticks of .NET, UTC.</param>
    /// <param name="requestId">Hash of the hub's request id; 0: none.</param>
    /// <param name="callerRequestId">Hash of the caller's request id; 0: none.</param>
    public static bool TryRead(ReadOnlySpan<byte> record, out long time, out ulong requestId, out ulong callerRequestId)
    {
        (time, requestId, callerRequestId) = (0, 0, 0);
        try
        {
            for (var fields = new RecordFields(record); fields.Next();)
            {
                switch (fields.Number)
                {
                    case AccessRecord.TimeFieldNumber:
                        time = fields.Time.UtcTicks;
                        break;
                    case AccessRecord.RequestIdFieldNumber:
                        requestId = Hash(fields.Bytes);
                        break;
                    case AccessRecord.CallerRequestIdFieldNumber:
                        callerRequestId = Hash(fields.Bytes);
                        break;
                }
            }

            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
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
}
