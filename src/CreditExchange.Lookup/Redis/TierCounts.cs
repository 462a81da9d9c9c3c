namespace CreditExchange.Lookup.Redis;

/// <summary>What the tier did since the start, for the metrics.</summary>
public sealed class TierCounts
{
    private long hits;
    private long misses;
    private long errors;
    private long writes;
    private long restarts;

    /// <summary>Subjects read that were there and new enough.</summary>
    public long Hits => Volatile.Read(ref hits);

    /// <summary>Subjects read that were missing or too old.</summary>
    public long Misses => Volatile.Read(ref misses);

    /// <summary>Calls that failed or took too long.</summary>
    public long Errors => Volatile.Read(ref errors);

    /// <summary>Values sent.</summary>
    public long Writes => Volatile.Read(ref writes);

    /// <summary>Buckets that began anew.</summary>
    public long Restarts => Volatile.Read(ref restarts);

    internal void Hit() => Interlocked.Increment(ref hits);

    internal void Miss() => Interlocked.Increment(ref misses);

    internal void Error() => Interlocked.Increment(ref errors);

    internal void Wrote(int values) => Interlocked.Add(ref writes, values);

    internal void Restarted() => Interlocked.Increment(ref restarts);
}
