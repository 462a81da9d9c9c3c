using CreditExchange.Domain.Listings;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Terms;

/// <summary>Which listings the clock changes next: a view of the ledger, in order of their days.</summary>
public sealed class TermQueue : ILedgerView
{
    private readonly Lock gate = new();
    private readonly PriorityQueue<Term, long> queue = new();

    /// <inheritdoc/>
    public void Apply(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry> subjects)
    {
        if (open.Listing is { } listing && ListingTimes.NextDue(listing) is { } due)
        {
            lock (gate)
            {
                // An amended listing stands here twice; the older entry finds its revision gone and is dropped.
                queue.Enqueue(new Term(stored.Entity, stored.Revision), due.UtcTicks);
            }
        }
    }

    /// <summary>Takes what is due, at most a number.</summary>
    public IReadOnlyList<Term> TakeDue(DateTimeOffset now, int most)
    {
        var due = new List<Term>();
        lock (gate)
        {
            while (due.Count < most && queue.TryPeek(out _, out var at) && at <= now.UtcTicks)
            {
                due.Add(queue.Dequeue());
            }
        }

        return due;
    }

    /// <summary>Puts one back after a failed append.</summary>
    public void PutBack(Term term, DateTimeOffset now)
    {
        lock (gate)
        {
            queue.Enqueue(term, now.UtcTicks);
        }
    }
}

/// <summary>A listing at the revision whose term was looked at.</summary>
/// <param name="Entity">The listing.</param>
/// <param name="Revision">Its revision then.</param>
public readonly record struct Term(long Entity, long Revision);
