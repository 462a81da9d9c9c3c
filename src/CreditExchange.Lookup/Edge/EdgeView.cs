using CreditExchange.Domain.Subjects;

namespace CreditExchange.Lookup.Edge;

/// <summary>
/// The state in force on an edge node, and how far it is: its position, and when that was surely the ledger's head, by this
/// node's own clock: a moment before the upstream was asked for the head, once the position has reached what it answered.
/// </summary>
public sealed class EdgeView(TimeProvider time)
{
    private readonly ViewClock clock = new(time, () => long.MaxValue);
    private readonly Queue<(long Head, DateTimeOffset AskedAt)> answers = new();
    private volatile EdgeState? state;
    private long freshTicks;
    private long head;

    /// <summary>The state in force.</summary>
    /// <exception cref="InvalidOperationException">None yet.</exception>
    public EdgeState State => state ?? throw new InvalidOperationException("The upstream's state wasn't read yet.");

    /// <summary>Whether there is one.</summary>
    public bool HasState => state is not null;

    /// <summary>The position that checks reflect.</summary>
    public long Position => clock.Position;

    /// <summary>The ledger's head as far as this node knows.</summary>
    public long Head => Math.Max(Volatile.Read(ref head), Position);

    /// <summary>When the position was surely the head.</summary>
    public DateTimeOffset FreshAt => new(Volatile.Read(ref freshTicks), TimeSpan.Zero);

    /// <summary>The time of an evaluation: now, never before the position's record, never backwards.</summary>
    public DateTimeOffset AsOf() => clock.AsOf();

    /// <summary>Completes when a position is reached; false when the time was over first.</summary>
    public Task<bool> WaitForAsync(long position, TimeSpan atMost, CancellationToken cancellation) =>
        clock.WaitForAsync(position, atMost, time, cancellation);

    /// <summary>The state has moved, or another one comes into force. For the follower.</summary>
    public void Show(EdgeState next)
    {
        if (next.Position < next.CompleteAt || next.Position < Position)
        {
            return;
        }

        state = next;
        clock.Advance(next.Position, next.RecordedAt);
        Freshen();
    }

    /// <summary>The upstream answered for the head.</summary>
    /// <param name="answered">The head.</param>
    /// <param name="askedAt">When it was asked, before the question left.</param>
    public void HeadWas(long answered, DateTimeOffset askedAt)
    {
        lock (answers)
        {
            Volatile.Write(ref head, Math.Max(head, answered));
            // While the position stands still behind the head, the newest answers are of no more use than the first.
            if (answers.Count < 64)
            {
                answers.Enqueue((answered, askedAt));
            }
        }

        Freshen();
    }

    private void Freshen()
    {
        lock (answers)
        {
            while (answers.TryPeek(out var oldest) && oldest.Head <= Position)
            {
                answers.Dequeue();
                Volatile.Write(ref freshTicks, Math.Max(freshTicks, oldest.AskedAt.UtcTicks));
            }
        }
    }
}
