namespace CreditExchange.TestKit;

/// <summary>
/// A clock that stands still until a test moves it. Timers and intervals are the machine's: what looks at the clock now and
/// then finds the new time with its next look.
/// </summary>
public sealed class SettableTime(DateTimeOffset start) : TimeProvider
{
    private long ticks = start.UtcTicks;

    /// <summary>The time now; UTC.</summary>
    public DateTimeOffset Now
    {
        get => new(Interlocked.Read(ref ticks), TimeSpan.Zero);
        set => Interlocked.Exchange(ref ticks, value.UtcTicks);
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Now;
}
