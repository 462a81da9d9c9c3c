namespace CreditExchange.Ledger.Sqlite;

/// <summary>
/// The newest entries of a narrow table of random keys, in memory until they are merged into it a bucket at a time, in key order:
/// each key by itself would dirty a page of its own (a million rows have 8,000 pages a table), a bucket's share them.
/// Nothing is lost with the process: the entries are made again from the events (see <see cref="KeyIndexes"/>).
/// </summary>
internal sealed class RecentKeys
{
    /// <summary>Parts of the key space, by first byte; keys are MACs, so that all are about the same size.</summary>
    public const int Buckets = 256;

    /// <summary>Value of a key that the table must no longer hold.</summary>
    public const long Absent = 0;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, long>[] _buckets = new Dictionary<UInt128, long>[Buckets];

    // The group being written.
    private readonly Dictionary<UInt128, long> _staged = [];
    private int _count;

    public RecentKeys()
    {
        for (var i = 0; i < Buckets; i++)
        {
            _buckets[i] = [];
        }
    }

    /// <summary>Entries in memory, those of the group being written included. For the writer.</summary>
    public int Count => _count + _staged.Count;

    /// <summary>What a committed entry says; false: ask the table. Any thread.</summary>
    public bool TryFind(UInt128 key, out long value)
    {
        lock (_gate)
        {
            return _buckets[BucketOf(key)].TryGetValue(key, out value);
        }
    }

    /// <summary>The same with the group being written, which may still fail. Any thread.</summary>
    public bool TryFindStaged(UInt128 key, out long value)
    {
        lock (_gate)
        {
            return _staged.TryGetValue(key, out value) || _buckets[BucketOf(key)].TryGetValue(key, out value);
        }
    }

    /// <summary>Sets an entry in the group being written.</summary>
    public void Stage(UInt128 key, long value)
    {
        lock (_gate)
        {
            _staged[key] = value;
        }
    }

    /// <summary>A bucket's entries in key order, the group's included. For the writer.</summary>
    public (UInt128 Key, long Value)[] Bucket(int number)
    {
        // Only the writer changes a bucket.
        var entries = new Dictionary<UInt128, long>(_buckets[number]);
        foreach (var (key, value) in _staged)
        {
            if (BucketOf(key) == number)
            {
                entries[key] = value;
            }
        }

        var sorted = new (UInt128 Key, long Value)[entries.Count];
        var i = 0;
        foreach (var (key, value) in entries)
        {
            sorted[i++] = (key, value);
        }

        Array.Sort(sorted, static (a, b) => a.Key.CompareTo(b.Key));
        return sorted;
    }

    /// <summary>The group is committed, and with it the buckets that it merged.</summary>
    /// <param name="merged">Numbers of the merged buckets.</param>
    public void Commit(List<int> merged)
    {
        lock (_gate)
        {
            foreach (var (key, value) in _staged)
            {
                _count += Put(key, value);
            }

            foreach (var number in merged)
            {
                _count -= _buckets[number].Count;
                _buckets[number].Clear();
            }

            _staged.Clear();
        }
    }

    /// <summary>The group failed.</summary>
    public void Discard()
    {
        lock (_gate)
        {
            _staged.Clear();
        }
    }

    /// <summary>Sets a committed entry. For the opening.</summary>
    public void Load(UInt128 key, long value)
    {
        lock (_gate)
        {
            _count += Put(key, value);
        }
    }

    private static int BucketOf(UInt128 key) => (int)(key >> 120);

    private int Put(UInt128 key, long value)
    {
        var bucket = _buckets[BucketOf(key)];
        var before = bucket.Count;
        bucket[key] = value;
        return bucket.Count - before;
    }
}
