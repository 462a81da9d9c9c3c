namespace CreditExchange.Streaming.Inbound;

/// <summary>How a partner's stream is, for metrics. Safe for many threads.</summary>
public sealed class InboundStatus
{
    private long taken;
    private long refused;
    private volatile string fault = "";
    private volatile Func<(long Position, long VerifiedThrough)> place = static () => default;

    /// <summary>Events taken since the process began.</summary>
    public long TakenCount => Interlocked.Read(ref taken);

    /// <summary>Records put to the dead letters since the process began.</summary>
    public long RefusedCount => Interlocked.Read(ref refused);

    /// <summary>Why the stream stands still; empty: it doesn't.</summary>
    public string Fault => fault;

    /// <summary>The partner's highest position taken, and up to which checkpoints have proved that nothing is missing.</summary>
    public (long Position, long VerifiedThrough) Place => place();

    internal void Follows(Func<(long Position, long VerifiedThrough)> where) => (place, fault) = (where, "");

    internal void Taken() => Interlocked.Increment(ref taken);

    internal void Refused() => Interlocked.Increment(ref refused);

    internal void Faulted(string why) => fault = why;
}
