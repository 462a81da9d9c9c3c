namespace CreditExchange.Streaming.Relay;

/// <summary>How one audience's relay is, for metrics and answers. Safe for many threads.</summary>
public sealed class RelayStatus
{
    private long position;
    private long sent;
    private long interruptions;
    private volatile string refusal = "";
    private volatile RelayState state = RelayState.Waiting;
    private int partitions;

    /// <summary>Everything up to here is in the topics, as far as this node knows.</summary>
    public long Position => Interlocked.Read(ref position);

    /// <summary>Events sent since the process began.</summary>
    public long Sent => Interlocked.Read(ref sent);

    /// <summary>How often brokers interrupted it since the process began.</summary>
    public long Interruptions => Interlocked.Read(ref interruptions);

    /// <summary>What it does.</summary>
    public RelayState State => state;

    /// <summary>Why it stands still; empty: it doesn't.</summary>
    public string Refusal => refusal;

    /// <summary>Partitions of each topic; 0: not known yet.</summary>
    public int Partitions => Volatile.Read(ref partitions);

    internal void Works(long at, int count)
    {
        Interlocked.Exchange(ref position, at);
        Volatile.Write(ref partitions, count);
        refusal = "";
        state = RelayState.Working;
    }

    internal void Reached(long at, int events)
    {
        Interlocked.Exchange(ref position, at);
        Interlocked.Add(ref sent, events);
    }

    internal void Waits() => state = RelayState.Waiting;

    internal void Interrupted()
    {
        Interlocked.Increment(ref interruptions);
        state = RelayState.Interrupted;
    }

    internal void Refused(string why)
    {
        refusal = why;
        state = RelayState.Refused;
    }
}

/// <summary>What a relay does.</summary>
public enum RelayState
{
    /// <summary>Another one works, or it is about to begin.</summary>
    Waiting,

    /// <summary>It sends.</summary>
    Working,

    /// <summary>The brokers can't be reached; it tries again.</summary>
    Interrupted,

    /// <summary>It stands still until somebody mends its topics or its configuration.</summary>
    Refused,
}
