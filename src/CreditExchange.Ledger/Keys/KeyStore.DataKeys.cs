using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CreditExchange.Ledger.Keys;

/// <summary>The data keys: made, found, kept for a while, deleted.</summary>
internal sealed partial class KeyStore
{
    /// <summary>The entity's key, or a new one that <see cref="Persist"/> must store before the event that uses it.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="isNew">Whether no event of the entity can exist yet, which spares the look into the store.</param>
    /// <param name="random">52 random bytes: key 32, id 8, nonce 12.</param>
    public DataKey ForSealing(long entity, bool isNew, ReadOnlySpan<byte> random)
    {
        if (!isNew)
        {
            lock (_gate)
            {
                if (_pending.TryGetValue(entity, out var waiting))
                {
                    return waiting;
                }

                if (FindStored(entity) is { } stored)
                {
                    return stored;
                }
            }
        }

        var made = new DataKey(
            entity, BinaryPrimitives.ReadUInt64BigEndian(random[32..]), random[..32].ToArray(),
            _wrapping.Wrap(random[..40], "data"u8, entity, random.Slice(40, 12)));
        lock (_gate)
        {
            // Between the two locks another caller may have made one, and the writer may even have stored it.
            if (!isNew && _cached.TryGetValue(entity, out var stored))
            {
                return stored;
            }

            return _pending.TryAdd(entity, made) ? made : _pending[entity];
        }
    }

    /// <summary>The entity's key; null: it was deleted.</summary>
    public DataKey? ForOpening(long entity)
    {
        long deletions;
        lock (_gate)
        {
            if (_cached.TryGetValue(entity, out var cached))
            {
                return cached;
            }

            foreach (var page in _ahead)
            {
                if (page.Find(entity) is { } ahead)
                {
                    return ahead;
                }
            }

            deletions = _deletions;
        }

        // Outside the gate: who reads the whole ledger unwraps a key for every event, on all cores.
        if (ReadStored(entity) is not { } found)
        {
            return null;
        }

        lock (_gate)
        {
            // What was deleted since must not come back.
            if (deletions == _deletions)
            {
                Keep(found);
            }
        }

        return found;
    }

    /// <summary>
    /// Reads the keys of entities that lie close together, for whoever is about to open a page of events: one look into the store instead of
    /// one for each. A hint: what it leaves out, or others push out before it is used, is found as ever.
    /// </summary>
    /// <param name="first">The lowest entity.</param>
    /// <param name="last">The highest.</param>
    public void Prefetch(long first, long last)
    {
        long deletions;
        lock (_gate)
        {
            if (_cached.ContainsKey(first) && _cached.ContainsKey(last))
            {
                return;
            }

            deletions = _deletions;
        }

        List<(long Entity, byte[] Wrapped)> rows = new(KeysOfPage);
        lock (_reading)
        {
            try
            {
                _range.Bind(1, first).Bind(2, last);
                while (rows.Count < KeysOfPage && _range.Step())
                {
                    rows.Add((_range.Int64(0), _range.Blob(1).ToArray()));
                }
            }
            finally
            {
                _range.Reset();
            }
        }

        // Unwrapped outside the gate, which everybody passes.
        var page = new KeyPage(rows.Count);
        foreach (var (entity, wrapped) in rows)
        {
            _wrapping.Unwrap(wrapped, "data"u8, entity, page.Add(entity));
        }

        lock (_gate)
        {
            if (deletions == _deletions)
            {
                (page, _ahead[_oldestAhead]) = (_ahead[_oldestAhead], page);
                _oldestAhead = (_oldestAhead + 1) % PagesAhead;
            }

            page.Wipe();
        }
    }

    private DataKey? FindStored(long entity)
    {
        if (_cached.TryGetValue(entity, out var cached))
        {
            return cached;
        }

        if (ReadStored(entity) is { } found)
        {
            Keep(found);
            return found;
        }

        return null;
    }

    private DataKey? ReadStored(long entity)
    {
        byte[] wrapped;
        lock (_reading)
        {
            try
            {
                if (!_find.Bind(1, entity).Step())
                {
                    return null;
                }

                wrapped = _find.Blob(0).ToArray();
            }
            finally
            {
                _find.Reset();
            }
        }

        return Unwrap(entity, wrapped);
    }

    private DataKey Unwrap(long entity, byte[] wrapped)
    {
        Span<byte> both = stackalloc byte[40];
        _wrapping.Unwrap(wrapped, "data"u8, entity, both);
        var key = DataKey.From(entity, both);
        CryptographicOperations.ZeroMemory(both);
        return key;
    }

    private void Keep(DataKey key)
    {
        if (!_cached.TryAdd(key.Entity, key))
        {
            return;
        }

        _age.Enqueue(key.Entity);
        while (_cached.Count > CachedKeys && _age.TryDequeue(out var oldest))
        {
            _cached.Remove(oldest);
        }
    }

    /// <summary>Makes keys durable: one transaction, one fsync. Called by the writer only, before the ledger's commit.</summary>
    public void Persist(List<DataKey> keys)
    {
        if (keys.Count == 0)
        {
            return;
        }

        lock (_writing)
        {
            _begin.Execute();
            Traps.Reach("keys.after-begin");
            foreach (var key in keys)
            {
                // It may have been wrapped just before a rotation began.
                _insert.Bind(1, key.Entity).Bind(2, _wrapping.Renew(key.Wrapped!, "data"u8, key.Entity)).Execute();
                Traps.Reach("keys.after-insert");
            }

            Traps.Reach("keys.before-commit");
            _commit.Execute();
            Traps.Reach("keys.after-commit");
        }

        lock (_gate)
        {
            foreach (var key in keys)
            {
                Keep(key with { Wrapped = null });
                _pending.Remove(key.Entity);
            }
        }
    }

    /// <summary>Forgets a key that no event came to use.</summary>
    public void Abandon(DataKey key, bool isNew)
    {
        // Another event of an older entity may wait with the same key; it stays until it is persisted.
        if (isNew)
        {
            lock (_gate)
            {
                _pending.Remove(key.Entity);
            }
        }
    }

    /// <summary>Whether an entity has a stored key. Called by the writer only.</summary>
    public bool Has(long entity)
    {
        lock (_writing)
        {
            _has ??= _writer.Prepare("SELECT 1 FROM data_key WHERE entity=?1");
            var found = _has.Bind(1, entity).Step();
            _has.Reset();
            return found;
        }
    }

    /// <summary>
    /// Deletes the keys of erased entities for ever: from memory, from keys.db (which overwrites what it frees) and, by
    /// ending its log, from there too. Called by the writer only.
    /// </summary>
    public void Delete(IReadOnlyCollection<long> entities)
    {
        if (entities.Count == 0)
        {
            return;
        }

        lock (_writing)
        {
            _begin.Execute();
            _delete ??= _writer.Prepare("DELETE FROM data_key WHERE entity=?1");
            foreach (var entity in entities)
            {
                _delete.Bind(1, entity).Execute();
            }

            Traps.Reach("erasure.before-deletion-commit");
            _commit.Execute();
            Traps.Reach("erasure.after-deletion-commit");
            lock (_gate)
            {
                _deletions++;
                foreach (var page in _ahead)
                {
                    page.Wipe();
                }

                foreach (var entity in entities)
                {
                    _cached.Remove(entity);
                    _pending.Remove(entity);
                }

                _writer.Check(SQLitePCL.raw.sqlite3_wal_checkpoint_v2(
                    _writer.Handle, "main", SQLitePCL.raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _));
                Traps.Reach("erasure.after-log-end");
            }
        }
    }
}
