namespace CreditExchange.Lookup;

/// <summary>How far a view has come, and when it last knew that to be everything.</summary>
internal sealed class ViewClock(TimeProvider time, Func<long> head)
{
    private readonly Lock gate = new();
    private TaskCompletionSource moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long position;
    private long recordedTicks;
    private long freshTicks;
    private long asOfTicks;
    private int waiting;

    public long Position => Volatile.Read(ref position);

    // At the head as this node knows it, the position is fresh now; behind it, since the follower was last there.
    // The clock is read before the head: an event that comes between the two must not count as seen.
    public DateTimeOffset FreshAt
    {
        get
        {
            var now = time.GetUtcNow();
            return Position >= head() ? now : new DateTimeOffset(Volatile.Read(ref freshTicks), TimeSpan.Zero);
        }
    }

    public void Advance(long to, DateTimeOffset recordedAt)
    {
        Volatile.Write(ref recordedTicks, recordedAt.UtcTicks);
        Volatile.Write(ref position, to);
        if (Volatile.Read(ref waiting) > 0)
        {
            lock (gate)
            {
                moved.SetResult();
                moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    public void AtHead() => Volatile.Write(ref freshTicks, time.GetUtcNow().UtcTicks);

    public DateTimeOffset AsOf()
    {
        var now = Math.Max(time.GetUtcNow().UtcTicks, Volatile.Read(ref recordedTicks));
        while (true)
        {
            var last = Volatile.Read(ref asOfTicks);
            if (now <= last)
            {
                return new DateTimeOffset(last, TimeSpan.Zero);
            }

            if (Interlocked.CompareExchange(ref asOfTicks, now, last) == last)
            {
                return new DateTimeOffset(now, TimeSpan.Zero);
            }
        }
    }

    public async Task<bool> WaitForAsync(long wanted, TimeSpan atMost, TimeProvider clock, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        Interlocked.Increment(ref waiting);
        try
        {
            while (true)
            {
                Task next;
                lock (gate)
                {
                    next = moved.Task;
                }

                if (Position >= wanted)
                {
                    return true;
                }

                var left = atMost - clock.GetElapsedTime(started);
                if (left <= TimeSpan.Zero)
                {
                    return false;
                }

                await next.WaitAsync(left, clock, cancellation);
            }
        }
        catch (TimeoutException)
        {
            return Position >= wanted;
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }
}
