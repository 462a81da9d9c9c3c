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
                var whole = record.Clone();
                whole.MergeFrom(items[at]);
                entries[at++] = new AccessEntry(place with { Offset = place.Offset + Framing.LengthBytes + fields.At }, whole);
            }
        }

        return entries;
    }
}
