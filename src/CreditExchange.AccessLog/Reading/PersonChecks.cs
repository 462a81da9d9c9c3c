using System.Runtime.ExceptionServices;
using CreditExchange.AccessLog.Segments;
using CreditExchange.V1;

namespace CreditExchange.AccessLog.Reading;

/// <summary>
/// Finds the checks of natural persons that were answered since a time, for a start of the hub, which waits for it: of a
/// record only these fields are looked at, and its hash isn't computed again. Whether the log is sound is verification's
/// business; a damaged length or record ends the reading of its segment.
/// </summary>
public static class PersonChecks
{
    /// <summary>Reads the segments that may hold such checks, several at once.</summary>
    /// <param name="folder">The log's folder.</param>
    /// <param name="since">The time.</param>
    /// <param name="sink">Makes for each thread what is called with each check: its agency, its matter, the subject's key.</param>
    /// <param name="damaged">Told where a segment can't be read on.</param>
    /// <returns>How many checks there were.</returns>
    /// <exception cref="IOException">A segment can't be read.</exception>
    public static long Read(string folder, DateTimeOffset since, Func<PersonCheckAction> sink, Action<RecordPlace>? damaged = null)
    {
        long count = 0;
        try
        {
            Parallel.ForEach(
                SegmentFiles.Since(folder, since),
                () => (Each: sink(), Count: 0L),
                (segment, _, own) => (own.Each, own.Count + ReadSegment(segment, since, own.Each, damaged)),
                own => Interlocked.Add(ref count, own.Count));
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }

        return count;
    }

    private static long ReadSegment(
        (string Node, int Number, string Path) of, DateTimeOffset since, PersonCheckAction each, Action<RecordPlace>? damaged)
    {
        long count = 0;
        using var segment = new SegmentReader(of.Path, proves: false);
        long offset = 0;
        try
        {
            while (segment.TryRead(out var record, out offset))
            {
                count += Look(record, since, each);
            }
        }
        catch (InvalidDataException)
        {
            damaged?.Invoke(new RecordPlace(of.Node, of.Number, offset));
            return count;
        }

        if (segment.IsDamaged)
        {
            damaged?.Invoke(new RecordPlace(of.Node, of.Number, segment.Offset));
        }

        return count;
    }

    // An item of a batch is under the agency and the matter of the record that it stands in.
    private static long Look(
        ReadOnlySpan<byte> record, DateTimeOffset since, PersonCheckAction each,
        bool isItem = false, ReadOnlySpan<byte> agency = default, ReadOnlySpan<byte> matter = default)
    {
        ReadOnlySpan<byte> key = default;
        var (isPerson, isRefused, count) = (false, false, 0L);
        for (var fields = new RecordFields(record); fields.Next();)
        {
            switch (fields.Number)
            {
                case AccessRecord.TimeFieldNumber:
                    if (fields.Time < since)
                    {
                        return 0;
                    }

                    break;
                case AccessRecord.AgencyIdFieldNumber:
                    agency = fields.Bytes;
                    break;
                case AccessRecord.MatterFieldNumber:
                    matter = fields.Bytes;
                    break;
                case AccessRecord.SubjectKeyFieldNumber:
                    key = fields.Bytes;
                    break;
                case AccessRecord.CodeFieldNumber:
                    isRefused = fields.Value != 0;
                    break;
                case AccessRecord.NaturalPersonFieldNumber:
                    isPerson = fields.Value != 0;
                    break;
                case AccessRecord.ItemsFieldNumber when !isItem:
                    // They stand after the fields that all have in common.
                    count += Look(fields.Bytes, since, each, isItem: true, agency, matter);
                    break;
            }
        }

        if (isPerson && !isRefused)
        {
            each(agency, matter, key);
            count++;
        }

        return count;
    }
}

/// <summary>Takes a check of a natural person.</summary>
/// <param name="agency">Who checked, in UTF-8.</param>
/// <param name="matter">The matter's code, in UTF-8.</param>
/// <param name="key">The subject's key.</param>
public delegate void PersonCheckAction(ReadOnlySpan<byte> agency, ReadOnlySpan<byte> matter, ReadOnlySpan<byte> key);
