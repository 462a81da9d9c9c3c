using CreditExchange.AccessLog.Segments;
using CreditExchange.V1;

namespace CreditExchange.AccessLog.Reading;

/// <summary>Reads a log's records, oldest first, also while it is written.</summary>
public static class AccessLogReader
{
    /// <summary>All records that stand before an end.</summary>
    /// <param name="folder">The log's folder.</param>
    /// <param name="end">The writer's end at the moment that counts; null: everything there is.</param>
    /// <param name="damaged">Told the places where something isn't a record or fails its proof; the rest is read all the same.</param>
    public static IEnumerable<AccessEntry> Read(string folder, RecordPlace? end = null, Action<RecordPlace>? damaged = null)
    {
        foreach (var (node, number, path) in SegmentFiles.List(folder))
        {
            if (end is { } last && node == last.Node && number > last.Segment)
            {
                continue;
            }

            foreach (var entry in ReadSegment(node, number, path, damaged))
            {
                if (end is { } stop && node == stop.Node && number == stop.Segment && entry.Place.Offset >= stop.Offset)
                {
                    break;
                }

                yield return entry;
            }
        }
    }

    /// <summary>The record at a place; null where there is none.</summary>
    /// <param name="folder">The log's folder.</param>
    /// <param name="place">Its place.</param>
    public static AccessEntry? Find(string folder, RecordPlace place)
    {
        var path = SegmentFiles.PathOf(folder, place.Node, place.Segment);
        if (!File.Exists(path))
        {
            return null;
        }

        // From the segment's beginning: only its chain proves that a record begins at the place.
        using var segment = new SegmentReader(path);
        while (segment.TryRead(out var bytes, out var offset) && offset <= place.Offset)
        {
            if (segment.Offset > place.Offset)
            {
                return StoredRecord.Read(place with { Offset = offset }, bytes).FirstOrDefault(e => e.Place == place);
            }
        }

        return null;
    }

    private static IEnumerable<AccessEntry> ReadSegment(string node, int number, string path, Action<RecordPlace>? damaged)
    {
        using var segment = new SegmentReader(path);
        while (segment.TryRead(out var bytes, out var offset))
        {
            foreach (var entry in StoredRecord.Read(new RecordPlace(node, number, offset), bytes))
            {
                yield return entry;
            }
        }

        if (segment.IsDamaged)
        {
            damaged?.Invoke(new RecordPlace(node, number, segment.Offset));
        }
    }
}

/// <summary>A record and where it stands.</summary>
/// <param name="Place">Its place; its text is the check_id of a check.</param>
/// <param name="Record">What was written.</param>
public sealed record AccessEntry(RecordPlace Place, AccessRecord Record);
