using CreditExchange.Domain.Subjects;
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
    internal CheckName Append(in CheckAnswer answer, AppendAnswer append)
    {
        var asked = answer.Asked;
        var key = new Key(answer.Trace.AgencyId, asked.RequestId, asked.IsBatch ? asked.Item : 0);
        lock (gate)
        {
            Forget();
            if (known.TryGetValue(key, out var last) && last.IsSameQuestion(answer))
            {
                if (last.IsSameAnswer(answer))
                {
                    return last.Name;
                }

                var again = new CheckName(append(answer, last.FirstId), answer.Trace.RequestId);
                known[key] = new Entry(again, answer, last.FirstId);
                return again;
            }

            var name = new CheckName(append(answer, ""), answer.Trace.RequestId);
            known[key] = new Entry(name, answer, name.CheckId);
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

    // What is compared and no more: there may be 100,000 of them for ten minutes.
    private sealed class Entry(CheckName name, in CheckAnswer answer, string firstId)
    {
        private readonly SubjectKey subject = answer.Key;
        private readonly string matter = answer.Asked.Matter;
        private readonly string purpose = answer.Asked.Purpose;
        private readonly Verdict verdict = answer.Verdict;
        private readonly string catalogue = answer.CatalogueDigest;
        private readonly string[] listings = answer.Listings;

        public string FirstId => firstId;

        public CheckName Name => name;

        public bool IsSameQuestion(in CheckAnswer other) =>
            subject == other.Key && matter == other.Asked.Matter && purpose == other.Asked.Purpose;

        // The position grows with every change of anybody's listing; what it meant for this subject is compared.
        public bool IsSameAnswer(in CheckAnswer other) =>
            verdict == other.Verdict && catalogue == other.CatalogueDigest && listings.AsSpan().SequenceEqual(other.Listings);
    }
}
