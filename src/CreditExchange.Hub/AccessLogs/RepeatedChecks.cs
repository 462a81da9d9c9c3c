using CreditExchange.V1;

namespace CreditExchange.Hub.AccessLogs;

/// <summary>
/// Remembers the checks that carried a request id, so that a repeated one counts once: for ten minutes, the last 100,000. A
/// restart forgets them; a repetition over it counts twice rather than not at all.
/// </summary>
public sealed class RepeatedChecks(TimeProvider time)
{
    private const int Most = 100_000;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);
    private readonly Lock gate = new();
    private readonly Dictionary<Key, Entry> known = [];
    private readonly Queue<(Key Key, long At)> order = new();

    /// <summary>
    /// The name of the first record of the same request with the same answer; else appends, and says of which one it repeats
    /// the question when the answer is another.
    /// </summary>
    public CheckName Append(AccessRecord record, in AskedCheck asked, Func<AccessRecord, string> append)
    {
        var key = new Key(record.AgencyId, asked.RequestId, asked.IsBatch ? asked.Item : 0);
        lock (gate)
        {
            Forget();
            if (known.TryGetValue(key, out var last) && last.IsSameQuestion(record))
            {
                if (last.IsSameAnswer(record))
                {
                    return last.Name;
                }

                record.RepeatOf = last.FirstId;
                var again = new CheckName(append(record), record.RequestId);
                known[key] = new Entry(again, record, last.FirstId);
                return again;
            }

            var name = new CheckName(append(record), record.RequestId);
            known[key] = new Entry(name, record, name.CheckId);
            order.Enqueue((key, time.GetTimestamp()));
            return name;
        }
    }

    private void Forget()
    {
        while (order.TryPeek(out var oldest) && (order.Count >= Most || time.GetElapsedTime(oldest.At) > Kept))
        {
            order.Dequeue();
            known.Remove(oldest.Key);
        }
    }

    // Items of a stream are told apart by their own request ids alone; those of a batch share one.
    private readonly record struct Key(string Agency, string RequestId, long BatchItem);

    private sealed class Entry(CheckName name, AccessRecord record, string firstId)
    {
        public string FirstId => firstId;

        public CheckName Name => name;

        public bool IsSameQuestion(AccessRecord other) =>
            record.SubjectKey == other.SubjectKey && record.Matter == other.Matter && record.Purpose == other.Purpose;

        // The position grows with every change of anybody's listing; what it meant for this subject is compared.
        public bool IsSameAnswer(AccessRecord other) =>
            record.Verdict == other.Verdict && record.CatalogueDigest == other.CatalogueDigest && record.ListingIds.Equals(other.ListingIds);
    }
}
