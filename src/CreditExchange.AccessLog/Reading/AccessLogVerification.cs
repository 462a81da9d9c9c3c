using CreditExchange.AccessLog.Segments;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.AccessLog.Reading;

/// <summary>Proves a log: each record by the chain, each segment by the one before it.</summary>
public static class AccessLogVerification
{
    /// <summary>Reads everything. A log that is being written is proved up to where it stood.</summary>
    /// <param name="folder">The log's folder.</param>
    public static AccessLogReport Verify(string folder)
    {
        var faults = new List<string>();
        long records = 0;
        var segments = SegmentFiles.List(folder);
        (string Node, int Number, byte[] Chain)? before = null;
        foreach (var (node, number, path) in segments)
        {
            using var segment = new SegmentReader(path);
            if (segment.Header is not { } header || header.Node != node || header.Number != number)
            {
                faults.Add($"{new RecordPlace(node, number, 0)}: the header is damaged or another segment's");
                before = null;
                continue;
            }

            if (before is null || before.Value.Node != node)
            {
                // Behind a damaged header there is nothing to compare with, and the fault is told already.
                if (number == 1 && header.Before.AsSpan().ContainsAnyExcept((byte)0))
                {
                    faults.Add($"{new RecordPlace(node, number, 0)}: the first segment goes on from something");
                }
                else if (number != 1 && !segments.Any(s => s.Node == node && s.Number == number - 1))
                {
                    faults.Add($"{new RecordPlace(node, number, 0)}: the segment before it is missing");
                }
            }
            else if (before.Value.Number != number - 1)
            {
                faults.Add($"{new RecordPlace(node, number, 0)}: the segment before it is missing");
            }
            else if (!header.Before.AsSpan().SequenceEqual(before.Value.Chain))
            {
                faults.Add($"{new RecordPlace(node, number, 0)}: the segment before it ended differently");
            }

            records += ReadThrough(segment, new RecordPlace(node, number, 0), faults);
            before = (node, number, segment.Chain.ToArray());
        }

        return new AccessLogReport(segments.Count, records, faults, before is null ? "" : Convert.ToHexStringLower(before.Value.Chain));
    }

    private static long ReadThrough(SegmentReader segment, RecordPlace place, List<string> faults)
    {
        long records = 0;
        while (segment.TryRead(out var bytes, out var offset))
        {
            records++;
            try
            {
                AccessRecord.Parser.ParseFrom(bytes);
            }
            catch (InvalidProtocolBufferException)
            {
                faults.Add($"{place with { Offset = offset }}: not a record");
            }
        }

        if (segment.IsDamaged)
        {
            faults.Add($"{place with { Offset = segment.Offset }}: the record doesn't fit the chain");
        }

        return records;
    }
}

/// <summary>What a verification found.</summary>
/// <param name="Segments">Segments read.</param>
/// <param name="Records">Records whose proof held.</param>
/// <param name="Faults">Each fault by its place; empty: the log is sound.</param>
/// <param name="Chain">The chain hash after the last record, in hex: kept elsewhere, it proves later that nothing before it changed.</param>
public sealed record AccessLogReport(int Segments, long Records, IReadOnlyList<string> Faults, string Chain)
{
    /// <summary>Whether every record is as it was written.</summary>
    public bool IsSound => Faults.Count == 0;
}
