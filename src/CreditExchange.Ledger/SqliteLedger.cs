using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger.Backup;
using CreditExchange.Ledger.Keys;
using CreditExchange.Ledger.Sqlite;
using CreditExchange.V1;
using Google.Protobuf;
using Microsoft.Extensions.Logging;

namespace CreditExchange.Ledger;

/// <summary>The embedded ledger: ledger.db and keys.db in one folder, kept to one hub.</summary>
public sealed class SqliteLedger : ILedger
{
    private const int RingSize = 8192;
    private readonly LedgerOptions _options;
    private readonly SemaphoreSlim _erasing = new(1);
    private readonly FolderLock _folder;
    private readonly KeyStore _keys;
    private readonly ReaderPool _readers;
    private readonly KeyIndexes _indexes;
    private readonly EventRing _ring = new(RingSize);
    private readonly EventSealer _sealer;
    private readonly AppendQueue _queue;
    private readonly GroupWriter _writer;
    private readonly CheckpointLoop _checkpoints;
    private readonly SubjectRows _subjects;
    private readonly List<(long First, string LedgerId)> _epochs;
    private readonly ConcurrentDictionary<long, long> _erased;
    private TaskCompletionSource _advance = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StoredEvent _newest;
    private long _entity;
    private int _disposed;

    private SqliteLedger(LedgerOptions options, FolderLock folder, KeyStore keys, ReaderPool readers, KeyIndexes indexes, WriteConnection connection, TimeProvider time, ILogger logger)
    {
        _options = options;
        _folder = folder;
        _keys = keys;
        _readers = readers;
        _indexes = indexes;
        _sealer = new EventSealer(keys);
        _queue = new AppendQueue(options);
        _epochs = StoreOpening.CheckEpochs(connection, keys);
        LedgerId = _epochs[^1].LedgerId;
        _newest = StoreOpening.Head(connection);
        _erased = Erasures.Finish(connection.Database, keys);
        _indexes.Load(connection.Reader);
        using var max = connection.Database.Prepare("SELECT coalesce(max(entity), 0) FROM event");
        max.Step();
        _entity = Math.Max(max.Int64(0), keys.MaxEntity);
        max.Reset();
        _checkpoints = new CheckpointLoop(options, logger);
        _writer = new GroupWriter(options, keys, indexes, time, logger, _queue, _checkpoints, connection, _newest, Publish);
        _subjects = new SubjectRows(options.LedgerFile);
        KeyBook = new KeyBook(options, keys, _subjects, time);
        Progress = new ProgressRows(readers, _queue);
    }

    /// <inheritdoc/>
    public string LedgerId { get; }

    /// <inheritdoc/>
    public long Head => Volatile.Read(ref _newest).Position;

    /// <inheritdoc/>
    public DateTimeOffset HeadRecordedAt => Volatile.Read(ref _newest).RecordedAt;

    /// <inheritdoc/>
    public TimeSpan LongestRead => _readers.Longest;

    /// <inheritdoc/>
    public HubKeys Keys => _keys.Keys;

    /// <inheritdoc/>
    public KeyBook KeyBook { get; }

    /// <inheritdoc/>
    public IProgressStore Progress { get; }

    /// <inheritdoc/>
    public byte[]? ContentKey(long entity, string audience)
    {
        if (_keys.ForOpening(entity) is not { } key)
        {
            return null;
        }

        var derived = new byte[32];
        SubjectKeyer.DeriveOnce(key.Key, $"stream-content\0{audience}", derived);
        return derived;
    }

    internal GroupWriter Writer => _writer;

    internal AppendQueue Queue => _queue;

    /// <summary>Opens the ledger in a folder, or makes it there with its first epoch.</summary>
    /// <exception cref="LedgerRefusedException">Folder, keys or content are not what they must be.</exception>
    public static async Task<SqliteLedger> OpenAsync(
        LedgerOptions options, TimeProvider time, ILogger logger, CancellationToken cancel = default) =>
        await Task.Run(
            () =>
            {
                var folder = FolderLock.Take(options.DataFolder);
                KeyStore? keys = null;
                WriteConnection? connection = null;
                try
                {
                    LedgerRestore.CheckFinished(options);
                    keys = KeyStore.Open(options, time);
                    Traps.Reach("open.after-keys");
                    var readers = new ReaderPool(options.LedgerFile);
                    var indexes = new KeyIndexes(options, readers);
                    connection = StoreOpening.Open(options, keys, indexes, time);
                    Traps.Reach("open.after-store");
                    var ledger = new SqliteLedger(options, folder, keys, readers, indexes, connection, time, logger);
                    Traps.Reach("open.before-writer");
                    ledger._writer.Start();
                    ledger._checkpoints.Start();
                    LedgerLog.LedgerOpened(logger, ledger.LedgerId, ledger.Head, options.DataFolder);
                    return ledger;
                }
                catch (Exception failure)
                {
                    connection?.Dispose();
                    keys?.Dispose();
                    folder.Dispose();
                    if (failure is StoreException or InvalidProtocolBufferException)
                    {
                        throw new LedgerRefusedException($"{options.LedgerFile} is damaged: {failure.Message} Restore it.", failure);
                    }

                    throw;
                }
            },
            cancel);

    /// <inheritdoc/>
    public long ReserveEntity() => Interlocked.Increment(ref _entity);

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(EventDraft draft, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        if (draft.Erases)
        {
            return EraseAsync(draft, cancel);
        }

        var item = _sealer.Seal(draft, LedgerId);
        Traps.Reach("append.after-seal");
        _queue.Add(item);
        Traps.Reach("append.after-queue");
        return new ValueTask<AppendResult>(item.Task);
    }

    // A backup's keys belong to its events: nothing is erased while the last of both are copied.
    private async ValueTask<AppendResult> EraseAsync(EventDraft draft, CancellationToken cancel)
    {
        await _erasing.WaitAsync(cancel);
        try
        {
            var item = _sealer.Seal(draft, LedgerId);
            _queue.Add(item);
            return await item.Task;
        }
        finally
        {
            _erasing.Release();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<SubjectRow> ReadSubjects(long afterEntity, int max) => _subjects.Read(afterEntity, max);

    /// <inheritdoc/>
    public async Task<int> RefileAsync(IReadOnlyList<SubjectRow> rows, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        var filed = 0;
        var item = SubjectRows.Refile(rows, count => filed = count);
        _queue.Add(item);
        await item.Task;
        return filed;
    }

    /// <inheritdoc/>
    public Task WaitBeyondAsync(long position, CancellationToken cancel = default) =>
        Head > position ? Task.CompletedTask : WaitSlowAsync(position, cancel);

    private async Task WaitSlowAsync(long position, CancellationToken cancel)
    {
        while (true)
        {
            // Taken before the head is looked at: a commit between the two completes it.
            var advance = Volatile.Read(ref _advance);
            if (Head > position)
            {
                return;
            }

            await advance.Task.WaitAsync(cancel);
        }
    }

    // On the writer's thread, after the commit.
    private void Publish(List<StoredEvent> events)
    {
        if (events.Count == 0)
        {
            return;
        }

        foreach (var stored in events)
        {
            _ring.Add(stored);
        }

        Traps.Reach("publish.after-ring");
        foreach (var (entity, position) in Erasures.In(events))
        {
            _erased[entity] = position;
            _ring.Erase(entity);
        }

        Volatile.Write(ref _newest, events[^1]);
        Traps.Reach("publish.after-head");
        Interlocked.Exchange(ref _advance, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    /// <inheritdoc/>
    public IReadOnlyList<StoredEvent> Read(long fromPosition, int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromPosition, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var through = Math.Min(Head, fromPosition + max - 1);
        if (through < fromPosition)
        {
            return [];
        }

        List<StoredEvent> events = new((int)(through - fromPosition + 1));
        return _ring.TryRead(fromPosition, (int)(through - fromPosition + 1), events)
            ? events
            : _readers.Use((fromPosition, through, events), static (reader, range) =>
            {
                reader.Range(range.fromPosition, range.through, range.events);
                return range.events;
            });
    }

    /// <inheritdoc/>
    public StoredEvent? Last(long entity) => _readers.Use(entity, static (reader, wanted) => reader.Last(wanted));

    /// <inheritdoc/>
    public StoredEvent? At(long entity, long maxPosition) =>
        _readers.Use((entity, maxPosition), static (reader, wanted) => reader.At(wanted.entity, wanted.maxPosition));

    /// <inheritdoc/>
    public StoredEvent? FindRequest(RequestKey key) =>
        _indexes.Request(key) is { } position
        && _readers.Use(position, static (reader, wanted) => reader.One(wanted)) is { } found
        // A group that failed gives its positions to others.
        && (found.RequestKey is not { } of || of == key)
            ? found
            : null;

    /// <inheritdoc/>
    public long? FindSource(SourceKey key) => _indexes.Source(key);

    /// <inheritdoc/>
    public IReadOnlyList<StateRow> ReadOpenState(long afterEntity, int max) => _readers.Use((afterEntity, max), static (reader, wanted) =>
    {
        List<StateRow> rows = new(wanted.max);
        reader.OpenState(wanted.afterEntity, wanted.max, rows);
        return rows;
    });

    /// <inheritdoc/>
    public IReadOnlyList<StateRow> ReadOpenOthers(long afterEntity, int max) => _readers.Use((afterEntity, max), static (reader, wanted) =>
    {
        List<StateRow> rows = [];
        reader.OpenOthers(wanted.afterEntity, wanted.max, rows);
        return rows;
    });

    /// <inheritdoc/>
    public IReadOnlyList<StateRow> ReadOpenSince(long afterPosition, int max) => _readers.Use((afterPosition, max), static (reader, wanted) =>
    {
        List<StateRow> rows = [];
        reader.OpenSince(wanted.afterPosition, wanted.max, rows);
        return rows;
    });

    /// <inheritdoc/>
    public IReadOnlyList<long> ErasedSince(long position) => _readers.Use(position, static (reader, wanted) =>
    {
        List<long> entities = [];
        reader.ErasedSince(wanted, entities);
        return entities;
    });

    /// <inheritdoc/>
    public IReadOnlyList<StateRow> ReadState(long afterEntity, int max) => _readers.Use((afterEntity, max), static (reader, wanted) =>
    {
        List<StateRow> rows = [];
        reader.State(wanted.afterEntity, wanted.max, rows);
        return rows;
    });

    /// <inheritdoc/>
    public void WillOpen(IReadOnlyList<StoredEvent> page)
    {
        var (first, last, count) = (long.MaxValue, 0L, 0);
        foreach (var stored in page)
        {
            if (stored.Sealed is not null)
            {
                (first, last, count) = (Math.Min(first, stored.Entity), Math.Max(last, stored.Entity), count + 1);
            }
        }

        // Worth it where most of what lies between is wanted.
        if (count > 16 && last - first < count * 2L)
        {
            _keys.Prefetch(first, last);
        }
    }

    /// <inheritdoc/>
    public LedgerEvent Open(StoredEvent stored)
    {
        try
        {
            return _sealer.Open(stored, _epochs.LedgerIdAt(stored.Position));
        }
        catch (Exception failure) when (failure is CryptographicException or InvalidProtocolBufferException)
        {
            // Its place and not its content; what it says isn't served in part either.
            throw new LedgerUnavailableException($"The event at position {stored.Position} is damaged: it doesn't open. Verify the ledger and restore it.", failure);
        }
    }

    /// <inheritdoc/>
    public LedgerEvent OpenPart(StoredEvent stored) => EventSealer.OpenPart(stored);

    /// <inheritdoc/>
    public byte[]? Catalogue(string digest) => _readers.Use(digest, static (reader, wanted) => reader.Catalogue(wanted));

    /// <inheritdoc/>
    public long? ErasedAt(long entity) => _erased.TryGetValue(entity, out var position) ? position : null;

    /// <inheritdoc/>
    public long CommonWith(string ledgerId)
    {
        for (var i = 0; i < _epochs.Count; i++)
        {
            if (_epochs[i].LedgerId == ledgerId)
            {
                return i + 1 < _epochs.Count ? _epochs[i + 1].First - 1 : Head;
            }
        }

        return 0;
    }

    /// <inheritdoc/>
    public Task<VerifyReport> VerifyAsync(
        IStateProjection? projection = null, Action<long, long>? progress = null, CancellationToken cancel = default) => Task.Run(
        () => new Verification(
            new VerificationSource(_readers, _indexes, _keys, _epochs, Head, ErasedAt), projection, progress, cancel).Run(), cancel);

    /// <inheritdoc/>
    public async Task<BackupResult> BackupAsync(BackupTarget target, Action<long, long>? progress = null, CancellationToken cancel = default) =>
        await Task.Run(() => new LedgerBackup(_options, _readers, target, () => Head, progress).RunAsync(_erasing, cancel), cancel);

    /// <summary>Writes what waits, then closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _queue.Close(new ObjectDisposedException(nameof(SqliteLedger), "The ledger is closing."));
        await Task.Run(() =>
        {
            _writer.Join();
            _checkpoints.Dispose();
            _readers.Dispose();
            _subjects.Dispose();
            _keys.Dispose();
            _folder.Dispose();
            _erasing.Dispose();
        });
    }
}
