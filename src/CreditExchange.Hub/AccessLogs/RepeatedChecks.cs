using CreditExchange.AccessLog.Reading;
using CreditExchange.V1;

namespace CreditExchange.Hub.AccessLogs;

/// <summary>
/// Remembers the checks that carried a request id, so that a repeated one counts once: for ten minutes, the last 100,000. A
/// start reads them back from the log: the answer to a check is most likely asked for again when the hub died under it.
/// </summary>
public sealed class RepeatedChecks(TimeProvider time)
{
    private const int Most = 100_000;
    private const string BatchMethod = "/BatchCheckSubjects";

    /// <summary>How long a check is remembered.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private readonly Dictionary<Key, Entry> known = [];
    private readonly Queue<(Key Key, long At)> order = new();

    /// <summary>Takes in what the log holds of the last ten minutes, oldest first. Before anything is asked.</summary>
    public void Load(IEnumerable<AccessEntry> entries)
    {
        var now = time.GetUtcNow();
        foreach (var (place, record) in entries)
        {
            var age = now - record.Time.ToDateTimeOffset();
            if (record.CallerRequestId.Length == 0 || record.Verdict == Verdict.Unspecified || age > Kept)
            {
                continue;
            }

            var isBatch = record.Method.EndsWith(BatchMethod, StringComparison.Ordinal);
            var key = new Key(record.AgencyId, record.CallerRequestId, isBatch ? record.Item : 0);
            lock (gate)
            {
                Forget();
                if (!known.ContainsKey(key))
                {
                    var ago = age > TimeSpan.Zero ? (long)(age.TotalSeconds * time.TimestampFrequency) : 0;
                    order.Enqueue((key, time.GetTimestamp() - ago));
                }

                var name = place.ToString();
                known[key] = new Entry(
                    new CheckName(name, record.RequestId), record, record.RepeatOf.Length > 0 ? record.RepeatOf : name);
            }
        }
    }

    /// <summary>
    /// The name of the first record of the same request with the same answer; else appends, and says of which one it repeats
    /// the question when the answer is another.
    /// </summary>
    public CheckName Append(AccessRecord record, in AskedCheck asked, Func<AccessRecord, string> append)
    {
        var key = new Key(record.AgencyId, record.CallerRequestId, asked.IsBatch ? asked.Item : 0);
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
