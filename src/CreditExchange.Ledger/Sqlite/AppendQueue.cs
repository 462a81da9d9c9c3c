namespace CreditExchange.Ledger.Sqlite;

/// <summary>What waits for the writer. Background events go when nothing else waits, or when they waited for too many groups.</summary>
internal sealed class AppendQueue(LedgerOptions options)
{
    private readonly Queue<PendingAppend> _front = new();
    private readonly Queue<PendingAppend> _behind = new();
    private readonly object _gate = new();
    private int _passedOver;
    private bool _held;
    private Exception? _closed;

    public void Add(PendingAppend item)
    {
        lock (_gate)
        {
            if (_closed is not null)
            {
                throw new LedgerUnavailableException(_closed.Message, _closed);
            }

            if (_front.Count + _behind.Count >= options.MaxWaiting)
            {
                throw new LedgerUnavailableException($"{options.MaxWaiting} events wait for the ledger; send less at once, then retry.");
            }

            (item.Draft.Background ? _behind : _front).Enqueue(item);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for the next group; false: closed and empty.</summary>
    public bool Take(List<PendingAppend> group)
    {
        lock (_gate)
        {
            while (_held || (_front.Count == 0 && _behind.Count == 0))
            {
                if (_closed is not null && !_held)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            while (group.Count < options.MaxGroup && _front.TryDequeue(out var item))
            {
                group.Add(item);
            }

            var room = options.MaxGroup - group.Count;
            if (group.Count > 0 && _behind.Count > 0)
            {
                // A tenth of a group at most: a million confirmations at midnight must not slow down who waits in front.
                room = ++_passedOver > options.BackgroundPatience ? Math.Max(1, options.MaxGroup / 10) : 0;
            }

            if (room > 0)
            {
                _passedOver = 0;
                while (room-- > 0 && _behind.TryDequeue(out var item))
                {
                    group.Add(item);
                }
            }

            return true;
        }
    }

    /// <summary>Refuses new events; what waits is still written.</summary>
    public void Close(Exception reason)
    {
        lock (_gate)
        {
            _closed ??= reason;
            _held = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Takes out everything that waits, to fail it.</summary>
    public List<PendingAppend> Drain()
    {
        lock (_gate)
        {
            List<PendingAppend> all = [.. _front, .. _behind];
            _front.Clear();
            _behind.Clear();
            return all;
        }
    }

    /// <summary>For tests: holds the writer back, so that what is added goes in one group.</summary>
    internal void Hold(bool hold)
    {
        lock (_gate)
        {
            _held = hold;
            Monitor.PulseAll(_gate);
        }
    }
}
