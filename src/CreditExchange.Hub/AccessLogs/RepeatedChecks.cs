using CreditExchange.AccessLog.Reading;
using CreditExchange.Domain.Subjects;
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
            if (record.CallerRequestId.Length == 0 || record.Verdict == Verdict.Unspecified || age > Kept
                || record.SubjectKey.Length != SubjectKey.Length)
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

                known[key] = new Entry(place.ToString(), record);
            }
        }
    }

    /// <summary>
    /// The name of the first record of the same request with the same answer; else appends, and says of which one it repeats
    /// the question when the answer is another.
    /// </summary>
    internal CheckName Append(in CheckAnswer answer, AppendAnswer append)
    {
        using (Hold())
        {
            if (Find(answer, out var firstId) is { } known)
            {
                return known;
            }

            var name = new CheckName(append(answer, firstId), answer.Trace.RequestId);
            Remember(answer, name, firstId);
            return name;
        }
    }

    /// <summary>Until it is disposed of nobody else's check is looked for: what is found missing and written down then counts once.</summary>
    internal Lock.Scope Hold() => gate.EnterScope();

    /// <summary>The name of the first record of the same request with the same answer. Within <see cref="Hold"/>.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="firstId">Of another answer to the same question: the check_id that it was first given; else empty.</param>
    internal CheckName? Find(in CheckAnswer answer, out string firstId)
    {
        Forget();
        firstId = "";
        if (!known.TryGetValue(KeyOf(answer), out var last) || !last.IsSameQuestion(answer))
        {
            return null;
        }

        if (last.IsSameAnswer(answer))
        {
            return last.Name;
        }

        firstId = last.FirstId;
        return null;
    }

    /// <summary>Remembers what was written down. Within <see cref="Hold"/>.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="name">Its record's.</param>
    /// <param name="firstId">What <see cref="Find"/> gave.</param>
    internal void Remember(in CheckAnswer answer, CheckName name, string firstId)
    {
        known[KeyOf(answer)] = new Entry(name, answer, firstId.Length > 0 ? firstId : name.CheckId);
        if (firstId.Length == 0)
        {
            order.Enqueue((KeyOf(answer), time.GetTimestamp()));
        }
    }

    private static Key KeyOf(in CheckAnswer answer) =>
        new(answer.Trace.AgencyId, answer.CallerRequestId, answer.Asked.IsBatch ? answer.Asked.Item : 0);

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
    private sealed class Entry
    {
        private readonly SubjectKey subject;
        private readonly string matter;
        private readonly string purpose;
        private readonly Verdict verdict;
        private readonly string catalogue;
        private readonly string[] listings;

        public Entry(CheckName name, in CheckAnswer answer, string firstId)
        {
            (Name, FirstId) = (name, firstId);
            (subject, matter, purpose) = (answer.Key, answer.Asked.Matter, answer.Asked.Purpose);
            (verdict, catalogue, listings) = (answer.Verdict, answer.CatalogueDigest, answer.Listings);
        }

        public Entry(string checkId, AccessRecord record)
        {
            (Name, FirstId) = (new CheckName(checkId, record.RequestId), record.RepeatOf.Length > 0 ? record.RepeatOf : checkId);
            (subject, matter, purpose) = (SubjectKey.Read(record.SubjectKey.Span), record.Matter, record.Purpose);
            (verdict, catalogue, listings) = (record.Verdict, record.CatalogueDigest, [.. record.ListingIds]);
        }

        public string FirstId { get; }

        public CheckName Name { get; }

        public bool IsSameQuestion(in CheckAnswer other) =>
            subject == other.Key && matter == other.Asked.Matter && purpose == other.Asked.Purpose;

        // The position grows with every change of anybody's listing; what it meant for this subject is compared.
        public bool IsSameAnswer(in CheckAnswer other) =>
            verdict == other.Verdict && catalogue == other.CatalogueDigest && listings.AsSpan().SequenceEqual(other.Listings);
    }
}
