using CreditExchange.Ledger.Keys;
using Microsoft.Extensions.Logging;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>
/// The one writer, on a thread of its own: takes everything that waits, gives positions, and makes it durable with one fsync
/// for the keys and one for the events. Positions exist only inside the commit, so that no reader can pass one by.
/// </summary>
internal sealed class GroupWriter
{
    private readonly LedgerOptions _options;
    private readonly KeyStore _keys;
    private readonly KeyIndexes _indexes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AppendQueue _queue;
    private readonly CheckpointLoop _checkpoints;
    private readonly Action<List<StoredEvent>> _publish;
    private readonly Thread _thread;
    private readonly byte[] _chain = new byte[32];
    private WriteConnection? _connection;
    private long _head;
    private long _recordedAt;

    public GroupWriter(
        LedgerOptions options, KeyStore keys, KeyIndexes indexes, TimeProvider time, ILogger logger, AppendQueue queue, CheckpointLoop checkpoints,
        WriteConnection connection, StoredEvent head, Action<List<StoredEvent>> publish)
    {
        _options = options;
        _keys = keys;
        _indexes = indexes;
        _time = time;
        _logger = logger;
        _queue = queue;
        _checkpoints = checkpoints;
        _connection = connection;
        _publish = publish;
        Follow(head);
        _thread = new Thread(Run) { IsBackground = true, Name = "ledger writer" };
    }

    /// <summary>For tests: runs on the writer's connection just before a commit; what it throws is as an I/O error.</summary>
    internal Action<Database>? BeforeCommit { get; set; }

    public void Start() => _thread.Start();

    public void Join() => _thread.Join();

    private void Follow(StoredEvent head)
    {
        _head = head.Position;
        _recordedAt = head.RecordedAtMicros;
        head.Chain.CopyTo(_chain);
    }

    private void Run()
    {
        List<PendingAppend> group = [];
        List<StoredEvent> committed = [];
        while (_queue.Take(group))
        {
            try
            {
                Write(group, committed);
                Traps.Reach("write.before-publish");
                _publish(committed);
                Traps.Reach("write.after-publish");
                foreach (var item in group)
                {
                    item.TrySetResult(item.Result!);
                    Traps.Reach("write.after-one-answer");
                }
            }
#pragma warning disable CA1031 // Whatever went wrong, every caller must hear of it and nothing more may be written.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Fail(group, failure);
            }

            group.Clear();
            committed.Clear();
        }

        _connection?.Dispose();
    }

    private void Write(List<PendingAppend> group, List<StoredEvent> committed)
    {
        var connection = _connection ??= Reopen();
        List<DataKey> keys = [];
        var head = _head;

        // The clock may have been set back; recorded_at never goes back.
        var recordedAt = Math.Max(_recordedAt, Micros.From(_time.GetUtcNow()));
        Span<byte> chain = stackalloc byte[32];
        _chain.CopyTo(chain);
        Traps.Reach("write.before-begin");
        connection.Begin();
        Traps.Reach("write.after-begin");
        foreach (var item in group)
        {
            if (item.Work is { } work)
            {
                work(connection.Database);
                Traps.Reach("write.after-refiling");
                item.Result = AppendResult.WorkDone.Instance;
                continue;
            }

            if (connection.Check(item.Draft, out var source) is { } refusal)
            {
                Traps.Reach("write.after-refusal");
                item.Result = refusal;
                if (item.Key is { Wrapped: not null } unused)
                {
                    _keys.Abandon(unused, item.Draft.Revision == 1);
                }

                continue;
            }

            Traps.Reach("write.after-check");
            var stored = item.Stored.Place(chain, ++head, recordedAt);
            stored.Chain.CopyTo(chain);
            if (item.Key is { Wrapped: not null } fresh)
            {
                keys.Add(fresh);
            }

            connection.Insert(item, source);
            Traps.Reach("write.after-insert");
            item.Result = new AppendResult.Committed(stored);
            committed.Add(stored);
        }

        Traps.Reach("write.before-index-merge");
        _indexes.Merge(connection, head);
        Traps.Reach("write.before-keys-persist");
        _keys.Persist(keys);
        Traps.Reach("write.before-commit");
        BeforeCommit?.Invoke(connection.Database);
        connection.Commit();
        _checkpoints.Wrote(connection.Database.TakePagesWritten());
        Traps.Reach("write.after-commit");
        // Before anybody is told: what follows the ledger never finds the key of something erased. Where this fails, the
        // events are found and published by Reopen, which finishes the erasure first.
        _keys.Delete(Erasures.Of(committed));
        Traps.Reach("write.after-key-deletion");
        _indexes.Commit(head);
        if (committed.Count > 0)
        {
            Follow(committed[^1]);
        }
    }

    private void Fail(List<PendingAppend> group, Exception failure)
    {
        LedgerLog.LedgerWriteFailed(_logger, failure);
        var told = new LedgerUnavailableException(
            "The ledger could not be written; whether the event was recorded is not known. Retry with the same request id.", failure);
        try
        {
            _connection?.Dispose();
            _connection = null;
            _connection = Reopen();
        }
#pragma warning disable CA1031 // The next group tries again.
        catch (Exception again)
#pragma warning restore CA1031
        {
            LedgerLog.LedgerRecoveryFailed(_logger, again);
        }

        foreach (var item in group.Concat(_queue.Drain()))
        {
            // Whether the commit was made or not: a key that isn't stored by now has no event.
            if (item.Key is { Wrapped: not null } unused)
            {
                _keys.Abandon(unused, item.Draft.Revision == 1);
            }

            item.TrySetException(told);
        }
    }

    // What the failed commit left is found out from the store: its events are published when they are there after all.
    private WriteConnection Reopen()
    {
        _keys.Recover();
        var connection = StoreOpening.Open(_options, _keys, _indexes, _time);
        try
        {
            Erasures.Finish(connection.Database, _keys);
            var head = StoreOpening.Head(connection);
            List<StoredEvent> found = [];
            connection.Reader.Range(_head + 1, head.Position, found);
            _indexes.Load(connection.Reader);
            Follow(head);
            _publish(found);
            LedgerLog.LedgerRecovered(_logger, _head);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
