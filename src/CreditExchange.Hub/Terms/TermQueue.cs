using CreditExchange.Domain.Listings;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Effects;
using CreditExchange.V1;

namespace CreditExchange.Hub.Terms;

/// <summary>
/// Which listings the clock changes next: those of the next day, in order of their time. The others stand in the lookup view,
/// which is walked through once a day, so that a start need not look at all of them.
/// </summary>
public sealed class TermQueue(LookupView view) : ILedgerView
{
    private static readonly long Ahead = TimeSpan.FromDays(1).Ticks;
    private readonly Lock gate = new();

    // At one instant in the order of creation: their rows lie side by side in the store, where a million in any other order each bring a page.
    private readonly PriorityQueue<Term, (long At, long Entity)> queue = new();

    // Up to when everything stands in the queue; what comes later is found by the next walk.
    private long horizon = long.MinValue;
    private long seen;

    /// <inheritdoc/>
    public void Apply(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry> subjects)
    {
        if (open.Listing is not { } listing)
        {
            return;
        }

        lock (gate)
        {
            seen = Math.Max(seen, stored.Position);
            // An amended listing stands here twice; the older entry finds its position gone and is dropped.
            if (ListingTimes.NextDue(listing) is { } due && due.UtcTicks < horizon)
            {
                queue.Enqueue(new Term(stored.Entity, stored.Position), (due.UtcTicks, stored.Entity));
            }
        }
    }

    /// <summary>Takes what is due, at most a number.</summary>
    public IReadOnlyList<Term> TakeDue(DateTimeOffset now, int most)
    {
        if (now.UtcTicks >= Volatile.Read(ref horizon))
        {
            LookAhead(now);
        }

        var due = new List<Term>();
        lock (gate)
        {
            while (due.Count < most && queue.TryPeek(out _, out var next) && next.At <= now.UtcTicks)
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
            queue.Enqueue(term, (now.UtcTicks, term.Entity));
        }
    }

    private void LookAhead(DateTimeOffset now)
    {
        long before;
        long until;
        lock (gate)
        {
            if (view.Position < seen)
            {
                // The walk would miss what was shown to this queue as too late for it and isn't in the view yet: next time.
                return;
            }

            before = horizon;
            until = now.UtcTicks + Ahead;
            // First the horizon: what is applied during the walk stands in the queue by itself, and perhaps twice.
            Volatile.Write(ref horizon, until);
        }

        Walk(before, until, ofTokens: false);
        Walk(before, until, ofTokens: true);
    }

    private void Walk(long before, long until, bool ofTokens)
    {
        for (uint? at = 0; at is { } from;)
        {
            at = view.WalkEffects(
                from,
                (effect, position) =>
                {
                    if (DueOf(effect) is { } due && due >= before && due < until)
                    {
                        lock (gate)
                        {
                            queue.Enqueue(new Term(effect.Entity, position), (due, effect.Entity));
                        }
                    }
                },
                ofTokens);
        }
    }

    // Once a listing, by its own subject; a subject's further ids bring it again, which does no harm.
    private long? DueOf(in SubjectEffect effect)
    {
        var shape = view.Codes[effect.Code];
        if (!shape.IsLive || shape.Role != Domain.Verdicts.ListingFacts.SubjectRole)
        {
            return null;
        }

        var due = shape.State == ListingState.Scheduled ? Math.Min(effect.FromTicks, effect.UntilTicks) : effect.UntilTicks;
        return due == long.MaxValue ? null : due;
    }
}

/// <summary>A listing at the event whose term was looked at.</summary>
/// <param name="Entity">The listing.</param>
/// <param name="Position">Position of its newest event then.</param>
public readonly record struct Term(long Entity, long Position);
