namespace CreditExchange.TestKit;

/// <summary>
/// A clock that stands until the test moves it. Its wall clock can also jump, as an administrator's hand makes it. Timers and
/// intervals stand with it; those of <see cref="OfWallClock"/> are the machine's.
/// </summary>
public sealed class FakeTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<FakeTimer> timers = [];
    private DateTimeOffset now;
    private readonly bool hasTimers;
    private long elapsed;

    /// <summary>A clock that stands at an instant, and its timers and intervals with it.</summary>
    public FakeTime(DateTimeOffset start)
        : this(start, hasTimers: true)
    {
    }

    private FakeTime(DateTimeOffset start, bool hasTimers) => (now, this.hasTimers) = (start, hasTimers);

    /// <summary>The time now; UTC. To set it is a jump.</summary>
    public DateTimeOffset Now
    {
        get => GetUtcNow();
        set
        {
            lock (gate)
            {
                now = value;
            }
        }
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => hasTimers ? TimeSpan.TicksPerSecond : base.TimestampFrequency;

    /// <summary>
    /// A wall clock that stands at an instant; timers and intervals are the machine's: what looks at the clock now and then
    /// finds the new time with its next look.
    /// </summary>
    public static FakeTime OfWallClock(DateTimeOffset start) => new(start, hasTimers: false);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            return now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        if (!hasTimers)
        {
            return base.GetTimestamp();
        }

        lock (gate)
        {
            return elapsed;
        }
    }

    /// <summary>Time passes; timers that fall due fire once each, on this thread.</summary>
    public void Advance(TimeSpan by)
    {
        List<FakeTimer> due;
        lock (gate)
        {
            now += by;
            elapsed += by.Ticks;
            due = timers.FindAll(t => t.Due <= elapsed);
            foreach (var timer in due)
            {
                timer.Due = timer.Period > 0 ? elapsed + timer.Period : long.MaxValue;
            }
        }

        foreach (var timer in due)
        {
            timer.Fire();
        }
    }

    /// <summary>The wall clock is set anew, forward or back; no time passes.</summary>
    public void Jump(TimeSpan by)
    {
        lock (gate)
        {
            now += by;
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (!hasTimers)
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class FakeTimer(FakeTime owner, Action fire) : ITimer
    {
        public long Due { get; set; } = long.MaxValue;

        public long Period { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner.gate)
            {
                Period = Math.Max(0, period.Ticks);
                Due = dueTime < TimeSpan.Zero ? long.MaxValue : owner.elapsed + dueTime.Ticks;
                owner.timers.Remove(this);
                owner.timers.Add(this);
            }

            if (dueTime == TimeSpan.Zero)
            {
                ThreadPool.QueueUserWorkItem(_ => owner.Advance(TimeSpan.Zero));
            }

            return true;
        }

        public void Dispose()
        {
            lock (owner.gate)
            {
                owner.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
