using CreditExchange.Ledger.Keys;
using CreditExchange.Ledger.Proofs;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>The one connection that writes ledger.db, and the statements of a group. Used by the writer's thread only.</summary>
internal sealed class WriteConnection : IDisposable
{
    private readonly Database _database;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly EventInsert _event;
    private readonly Statement _stateFind;
    private readonly Statement _stateInsert;
    private readonly Statement _stateUpdate;
    private readonly Statement _sourceInsert;
    private readonly Statement _sourceDelete;
    private readonly Statement _requestInsert;
    private readonly Statement _mergedThrough;
    private readonly Statement _catalogue;
    private readonly LedgerReader _reader;
    private readonly KeyIndexes _indexes;
    private ErasureStatements? _erasure;

    public WriteConnection(Database database, KeyIndexes indexes)
    {
        _database = database;
        _indexes = indexes;
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _event = new EventInsert(database);
        _stateFind = database.Prepare("SELECT revision, source_key FROM state WHERE entity=?1");
        _stateInsert = database.Prepare(
            "INSERT INTO state(position, revision, state, live, subjects, source_key, entity) VALUES(?1,?2,?3,?4,?5,?6,?7)");
        _stateUpdate = database.Prepare(
            "UPDATE state SET position=?1, revision=?2, state=?3, live=?4, subjects=?5, source_key=?6 WHERE entity=?7");
        _sourceInsert = database.Prepare("INSERT OR REPLACE INTO source(source_key, entity) VALUES(?1, ?2)");
        _sourceDelete = database.Prepare("DELETE FROM source WHERE source_key=?1");
        _requestInsert = database.Prepare("INSERT OR REPLACE INTO request(request_key, position) VALUES(?1, ?2)");
        _mergedThrough = database.Prepare("UPDATE merged SET position=?1");
        _catalogue = database.Prepare(Schema.InsertCatalogue);
        _reader = new LedgerReader(database);
    }

    public Database Database => _database;

    public LedgerReader Reader => _reader;

    public void Begin() => _begin.Execute();

    public void Commit() => _commit.Execute();

    /// <summary>What speaks against a draft, in the state as the group has made it so far; null: nothing.</summary>
    /// <param name="draft">The draft.</param>
    /// <param name="source">Receives the source key that the entity keeps.</param>
    public AppendResult? Check(EventDraft draft, out SourceKey? source)
    {
        source = draft.Source;
        if (draft.RequestKey is { } request && _indexes.Request(request, _reader) is { } seen)
        {
            var first = _reader.One(seen)!;
            return new AppendResult.RequestSeen(first, first.ContentMac == draft.ContentMac);
        }

        var actual = 0L;
        if (_stateFind.Bind(1, draft.Entity).Step())
        {
            actual = _stateFind.Int64(0);
            source ??= _stateFind.Key16(1) is { } kept ? new SourceKey(kept) : null;
        }

        _stateFind.Reset();
        if (actual != draft.Revision - 1)
        {
            return new AppendResult.RevisionStale(actual);
        }

        if (draft.Live && source is { } wanted && _indexes.Source(wanted, _reader) is { } owner && owner != draft.Entity)
        {
            return new AppendResult.SourceRefTaken(owner);
        }

        return null;
    }

    public void Insert(PendingAppend item, SourceKey? source)
    {
        var stored = item.Stored;
        var draft = item.Draft;
        _event.Execute(stored);
        if (draft.Erases)
        {
            (_erasure ??= new ErasureStatements(_database)).Erase(stored);
            InsertRequest(stored);
            return;
        }

        (stored.Revision == 1 ? _stateInsert : _stateUpdate)
            .Bind(1, stored.Position).Bind(2, stored.Revision).Bind(3, (long)draft.State).Bind(4, draft.Live ? 1 : 0)
            .Bind(5, item.Subjects).Bind(6, source?.Value).Bind(7, stored.Entity).Execute();
        if (source is { } key)
        {
            if (!draft.Live)
            {
                _indexes.Remove(key, stored.Entity, _reader);
            }
            else
            {
                _indexes.Add(key, stored.Entity);
            }
        }

        InsertRequest(stored);
        if (draft.Catalogue is { } catalogue)
        {
            _catalogue.Bind(1, catalogue.Digest).Bind(2, catalogue.Bytes).Execute();
        }
    }

    private void InsertRequest(StoredEvent stored)
    {
        if (stored.RequestKey is { } request)
        {
            _indexes.Add(request, stored.Position);
        }
    }

    /// <summary>Writes entries of the two tables, in key order.</summary>
    public void Merge((UInt128 Key, long Value)[] requests, (UInt128 Key, long Value)[] sources)
    {
        foreach (var (key, position) in requests)
        {
            _requestInsert.Bind(1, (UInt128?)key).Bind(2, position).Execute();
            Traps.Reach("merge.after-request");
        }

        foreach (var (key, entity) in sources)
        {
            if (entity == RecentKeys.Absent)
            {
                _sourceDelete.Bind(1, (UInt128?)key).Execute();
            }
            else
            {
                _sourceInsert.Bind(1, (UInt128?)key).Bind(2, entity).Execute();
                Traps.Reach("merge.after-source");
            }
        }
    }

    /// <summary>Notes that the tables are whole through a position.</summary>
    public void MergedThrough(long position)
    {
        _mergedThrough.Bind(1, position).Execute();
        Traps.Reach("merge.after-mark");
    }

    public void Dispose() => _database.Dispose();
}
