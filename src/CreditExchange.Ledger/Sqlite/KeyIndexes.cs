namespace CreditExchange.Ledger.Sqlite;

/// <summary>
/// Finds events by request key and entities by source key: what is recent in memory, the rest in the tables `request` and
/// `source`, which hold everything up to the position in `merged`. What is newer is read from the events at start.
/// </summary>
internal sealed class KeyIndexes(LedgerOptions options, ReaderPool readers)
{
    // A merge is worth its pages only when it brings each of them several keys, so the memory grows with the tables:
    // 40 bytes an entry, 20 MB a table at most.
    private const int TableShare = 16;
    private const int MostRecent = 500_000;

    // In one commit, so that none takes noticeably longer.
    private const int MostMergedAtOnce = 16;

    private readonly RecentKeys _requests = new();
    private readonly RecentKeys _sources = new();
    private readonly long[] _mergedThrough = new long[RecentKeys.Buckets];
    private readonly List<int> _merged = [];
    private int _next;

    /// <summary>
    /// Position of a request's event, which may not be committed yet; null: no such request was accepted. Any thread. Readers see what
    /// a group wrote a moment before the group counts here, and who saw it must find by which request it was written.
    /// </summary>
    public long? Request(RequestKey key) => _requests.TryFindStaged(key.Value, out var position)
        ? Present(position)
        : readers.Use(key, static (reader, wanted) => reader.Request(wanted));

    /// <summary>The live entity under a source key. Any thread.</summary>
    public long? Source(SourceKey key) => _sources.TryFind(key.Value, out var entity)
        ? Present(entity)
        : readers.Use(key, static (reader, wanted) => reader.Source(wanted));

    /// <summary>The same for the writer, as its group has made it so far.</summary>
    public long? Request(RequestKey key, LedgerReader writer) =>
        _requests.TryFindStaged(key.Value, out var position) ? Present(position) : writer.Request(key);

    /// <summary>The same for the writer, as its group has made it so far.</summary>
    public long? Source(SourceKey key, LedgerReader writer) =>
        _sources.TryFindStaged(key.Value, out var entity) ? Present(entity) : writer.Source(key);

    public void Add(RequestKey key, long position) => _requests.Stage(key.Value, position);

    public void Add(SourceKey key, long entity) => _sources.Stage(key.Value, entity);

    /// <summary>Frees a source key that the entity held.</summary>
    public void Remove(SourceKey key, long entity, LedgerReader writer)
    {
        if (Source(key, writer) == entity)
        {
            _sources.Stage(key.Value, RecentKeys.Absent);
        }
    }

    /// <summary>Reads what the tables don't hold yet; also after a commit whose outcome was unknown.</summary>
    public void Load(LedgerReader reader)
    {
        _requests.Discard();
        _sources.Discard();
        _merged.Clear();
        var through = reader.MergedThrough();
        Array.Fill(_mergedThrough, through);
        reader.Keys(through, (position, request, entity, source, live) =>
        {
            if (request is { } key)
            {
                _requests.Load(key.Value, position);
            }

            if (source is not { } held)
            {
                return;
            }

            if (live)
            {
                _sources.Load(held.Value, entity);
            }
            else if (Source(held, reader) == entity)
            {
                _sources.Load(held.Value, RecentKeys.Absent);
            }
        });
    }

    /// <summary>Merges the buckets that waited longest, inside the writer's transaction, when there are too many recent keys.</summary>
    /// <param name="connection">The writer's.</param>
    /// <param name="head">The group's last position.</param>
    public void Merge(WriteConnection connection, long head)
    {
        _merged.Clear();
        var most = Math.Clamp(head / TableShare, options.RecentKeys, Math.Max(options.RecentKeys, MostRecent));
        var surplus = Math.Max(_requests.Count, _sources.Count) - most;
        if (surplus <= 0)
        {
            return;
        }

        while (surplus > 0 && _merged.Count < (options.RecentKeys == 0 ? RecentKeys.Buckets : MostMergedAtOnce))
        {
            var requests = _requests.Bucket(_next);
            var sources = _sources.Bucket(_next);
            connection.Merge(requests, sources);
            surplus -= Math.Max(requests.Length, sources.Length);
            _merged.Add(_next);
            _next = (_next + 1) % RecentKeys.Buckets;
        }

        var oldest = head;
        for (var i = 0; i < RecentKeys.Buckets; i++)
        {
            oldest = _merged.Contains(i) ? oldest : Math.Min(oldest, _mergedThrough[i]);
        }

        connection.MergedThrough(oldest);
    }

    /// <summary>The writer's transaction is committed.</summary>
    public void Commit(long head)
    {
        _requests.Commit(_merged);
        _sources.Commit(_merged);
        foreach (var bucket in _merged)
        {
            _mergedThrough[bucket] = head;
        }

        _merged.Clear();
    }

    private static long? Present(long value) => value == RecentKeys.Absent ? null : value;
}
