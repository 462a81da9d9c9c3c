using CreditExchange.AccessLog.Segments;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.AccessLog.Reading;

/// <summary>
/// Finds the answered checks that carried a request id, for a start of the hub, which waits for it: other records, of which an import
/// leaves millions, are passed over by a look at three fields, and no hash is computed again. A damaged length or record ends the reading
/// of its segment; whether the log is sound is verification's business.
/// </summary>
public static class NamedChecks
{
    /// <summary>Reads the segments that may hold such checks, oldest first.</summary>
    /// <param name="folder">The log's folder.</param>
    /// <param name="since">From this time on.</param>
    /// <exception cref="IOException">A segment can't be read.</exception>
    public static IEnumerable<AccessEntry> Read(string folder, DateTimeOffset since)
    {
        foreach (var (node, number, path) in SegmentFiles.Since(folder, since).AsEnumerable().Reverse())
        {
            using var segment = new SegmentReader(path, proves: false);
            while (Next(segment, node, number, since) is { } entries)
            {
                foreach (var entry in entries)
                {
                    yield return entry;
                }
            }
        }
    }

    // What the next wanted record tells; null at the segment's end.
    private static IReadOnlyList<AccessEntry>? Next(SegmentReader segment, string node, int number, DateTimeOffset since)
    {
        try
        {
            while (segment.TryRead(out var bytes, out var offset))
            {
                if (IsWanted(bytes, since))
                {
                    return StoredRecord.Read(new RecordPlace(node, number, offset), bytes);
                }
            }
        }
        catch (Exception error) when (error is InvalidDataException or InvalidProtocolBufferException)
        {
            return null;
        }

        return null;
    }

    private static bool IsWanted(ReadOnlySpan<byte> record, DateTimeOffset since)
    {
        var (isNamed, isAnswered) = (false, false);
        for (var fields = new RecordFields(record); fields.Next();)
        {
            switch (fields.Number)
            {
                case AccessRecord.TimeFieldNumber when fields.Time < since:
                    return false;
                case AccessRecord.CallerRequestIdFieldNumber:
                    isNamed = true;
                    break;
                case AccessRecord.VerdictFieldNumber or AccessRecord.ItemsFieldNumber:
                    isAnswered = true;
                    break;
            }
        }

        return isNamed && isAnswered;
    }
}
