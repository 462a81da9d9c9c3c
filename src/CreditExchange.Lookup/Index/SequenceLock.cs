namespace CreditExchange.Lookup.Index;

/// <summary>
/// One writer at a time, and readers who take no lock: they look at a version before and after, which is odd while the writer is
/// at work, and read again when it has changed.
/// </summary>
internal sealed class SequenceLock
{
    private readonly Lock writing = new();
    private int version;
    private int depth;

    /// <summary>Begins to read; false while the writer is at work.</summary>
    public bool TryBegin(out int before)
    {
        before = Volatile.Read(ref version);
        return (before & 1) == 0;
    }

    /// <summary>Whether all that was read since is of one state.</summary>
    public bool IsStill(int before)
    {
        Volatile.ReadBarrier();
        return Volatile.Read(ref version) == before;
    }

    /// <summary>Holds the writer back.</summary>
    public Lock.Scope HoldStill() => writing.EnterScope();

    /// <summary>Writes until it is disposed of; within another one it is part of it.</summary>
    public WriteScope Write()
    {
        writing.Enter();
        if (depth++ == 0)
        {
            Interlocked.Increment(ref version);
        }

        return new WriteScope(this);
    }

    private void Exit()
    {
        if (--depth == 0)
        {
            Interlocked.Increment(ref version);
        }

        writing.Exit();
    }

    /// <summary>The writer is at work.</summary>
    public readonly ref struct WriteScope(SequenceLock of)
    {
        public void Dispose() => of.Exit();
    }
}
