using CreditExchange.AccessLog.Segments;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.AccessLog.Reading;

/// <summary>What one record of a file tells: itself, or each of its items, which then has all that they have in common.</summary>
internal static class StoredRecord
{
    /// <summary>Reads a record.</summary>
    /// <param name="place">Where it stands.</param>
    /// <param name="bytes">The record's bytes, proved.</param>
    public static IReadOnlyList<AccessEntry> Read(RecordPlace place, ReadOnlySpan<byte> bytes)
    {
        var record = AccessRecord.Parser.ParseFrom(bytes);
        if (record.Items.Count == 0)
        {
            return [new AccessEntry(place, record)];
        }

        var items = record.Items.ToArray();
        record.Items.Clear();
        var entries = new AccessEntry[items.Length];
        var at = 0;
        for (var fields = new WireFields(bytes); fields.Next();)
        {
            if (fields.Number == AccessRecord.ItemsFieldNumber)
            {
                entries[at] = new AccessEntry(place with { Offset = place.Offset + Framing.LengthBytes + fields.At }, Of(record, items[at]));
                at++;
            }
        }

        return entries;
    }

    private static AccessRecord Of(AccessRecord common, CheckedItem item)
    {
        var record = common.Clone();
        record.SubjectKey = item.SubjectKey;
        record.Verdict = item.Verdict;
        record.Code = item.Code;
        record.Reason = item.Reason;
        record.ListingIds.Add(item.ListingIds);
        record.RepeatOf = item.RepeatOf;
        record.Item = item.Item;
        record.NaturalPerson = item.NaturalPerson;
        return record;
    }
}
