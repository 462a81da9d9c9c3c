using System.Buffers.Binary;
using System.Security.Cryptography;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger.Sqlite;

namespace CreditExchange.Ledger.Keys;

/// <summary>keys.db: the data keys and the hub's keys, wrapped. It lies apart from the ledger, so that its backups may be
/// short-lived: a deleted key then stays deleted.</summary>
internal sealed class KeyStore : IDisposable
{
    private const int CachedKeys = 20_000;
    private readonly Lock _gate = new();
    private readonly WrappingKey _wrapping;
    private readonly Database _writer;
    private readonly Database _reader;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _insert;
    private readonly Statement _find;
    private Statement? _has;
    private Statement? _delete;

    // Keys that an event on its way uses and that aren't durable yet, by entity: a second event of the entity takes the same.
    private readonly Dictionary<long, DataKey> _pending = [];
    private readonly Dictionary<long, DataKey> _cached = [];
    private readonly Queue<long> _age = new();

    private KeyStore(WrappingKey wrapping, Database writer, Database reader, string ledger)
    {
        _wrapping = wrapping;
        _writer = writer;
        _reader = reader;
        Ledger = ledger;
        _begin = writer.Prepare("BEGIN IMMEDIATE");
        _commit = writer.Prepare("COMMIT");
        _insert = writer.Prepare("INSERT OR IGNORE INTO data_key(entity, wrapped) VALUES(?1, ?2)");
        _find = reader.Prepare("SELECT wrapped FROM data_key WHERE entity=?1");
    }

    /// <summary>The ledger's id without its epoch.</summary>
    public string Ledger { get; }

    public long MaxEntity { get; private set; }

    public HubKeys Keys { get; private set; } = null!;

    public static KeyStore Open(LedgerOptions options)
    {
        var wrapping = WrappingKey.From(options);
        Database? writer = null;
        try
        {
            PrivatePaths.Prepare(options.KeyFile);
            writer = Database.OpenWriter(options.KeyFile, 32, 4000);
            Create(writer, wrapping);
            using var read = writer.Prepare("SELECT value FROM meta WHERE name='ledger'");
            read.Step();
            var store = new KeyStore(wrapping, writer, Database.OpenReader(options.KeyFile), read.Text(0));
            read.Reset();
            store.Keys = new HubKeys(store.Keyer("subject"u8), store.Keyer("token"u8), store.Keyer("request"u8));
            using var max = writer.Prepare("SELECT coalesce(max(entity), 0) FROM data_key");
            max.Step();
            store.MaxEntity = max.Int64(0);
            return store;
        }
        catch (StoreException failure)
        {
            writer?.Dispose();
            wrapping.Dispose();
            throw new LedgerRefusedException($"{options.KeyFile} cannot be opened: {failure.Message}", failure);
        }
        catch
        {
            writer?.Dispose();
            wrapping.Dispose();
            throw;
        }
    }

    private static void Create(Database database, WrappingKey wrapping)
    {
        using var version = database.Prepare("PRAGMA user_version");
        version.Step();
        var found = version.Int64(0);
        version.Reset();
        if (found == 1)
        {
            return;
        }

        if (found != 0)
        {
            throw new LedgerRefusedException($"keys.db has version {found}; this program knows version 1.");
        }

        database.Run("BEGIN IMMEDIATE");
        database.Run("CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
        database.Run("CREATE TABLE hub_key(name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID");
        database.Run("CREATE TABLE data_key(entity INTEGER PRIMARY KEY, wrapped BLOB NOT NULL)");
        database.Run($"INSERT INTO meta VALUES('ledger', '{RandomNumberGenerator.GetHexString(6, lowercase: true)}')");
        using var insert = database.Prepare("INSERT INTO hub_key VALUES(?1, ?2)");
        foreach (var name in new[] { "subject", "token", "request" })
        {
            var purpose = System.Text.Encoding.ASCII.GetBytes(name);
            var wrapped = wrapping.Wrap(RandomNumberGenerator.GetBytes(32), purpose, 1, RandomNumberGenerator.GetBytes(12));
            insert.Bind(1, name).Bind(2, wrapped).Execute();
        }

        database.Run("PRAGMA user_version=1");
        database.Run("COMMIT");
    }

    private SubjectKeyer Keyer(ReadOnlySpan<byte> name)
    {
        using var read = _writer.Prepare("SELECT wrapped FROM hub_key WHERE name=?1");
        if (!read.Bind(1, System.Text.Encoding.ASCII.GetString(name)).Step())
        {
            throw new LedgerRefusedException($"keys.db lacks the hub key '{System.Text.Encoding.ASCII.GetString(name)}'. Restore keys.db.");
        }

        var keyer = new SubjectKeyer(1, _wrapping.Unwrap(read.Blob(0), name, 1));
        read.Reset();
        return keyer;
    }

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
        lock (_gate)
        {
            return FindStored(entity);
        }
    }

    private DataKey? FindStored(long entity)
    {
        if (_cached.TryGetValue(entity, out var cached))
        {
            return cached;
        }

        try
        {
            if (!_find.Bind(1, entity).Step())
            {
                return null;
            }

            var both = _wrapping.Unwrap(_find.Blob(0), "data"u8, entity);
            var found = new DataKey(entity, BinaryPrimitives.ReadUInt64BigEndian(both.AsSpan(32)), both[..32], null);
            Keep(found);
            return found;
        }
        finally
        {
            _find.Reset();
        }
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

        _begin.Execute();
        foreach (var key in keys)
        {
            _insert.Bind(1, key.Entity).Bind(2, key.Wrapped).Execute();
        }

        _commit.Execute();
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
        _has ??= _writer.Prepare("SELECT 1 FROM data_key WHERE entity=?1");
        var found = _has.Bind(1, entity).Step();
        _has.Reset();
        return found;
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

        _begin.Execute();
        _delete ??= _writer.Prepare("DELETE FROM data_key WHERE entity=?1");
        foreach (var entity in entities)
        {
            _delete.Bind(1, entity).Execute();
        }

        _commit.Execute();
        lock (_gate)
        {
            foreach (var entity in entities)
            {
                _cached.Remove(entity);
                _pending.Remove(entity);
            }

            _writer.Check(SQLitePCL.raw.sqlite3_wal_checkpoint_v2(
                _writer.Handle, "main", SQLitePCL.raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _));
        }
    }

    /// <summary>After an I/O error: ends a transaction that was left open.</summary>
    public void Recover()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(_writer.Handle) == 0)
        {
            _writer.Run("ROLLBACK");
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
        _wrapping.Dispose();
    }
}
