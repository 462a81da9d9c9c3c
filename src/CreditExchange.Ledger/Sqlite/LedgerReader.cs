using CreditExchange.V1;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>Reads on one connection, each in a short transaction of its own.</summary>
internal sealed partial class LedgerReader(Database database) : IDisposable
{
    private readonly Statement _range = database.Prepare($"SELECT {Schema.EventColumns} FROM event WHERE position>=?1 AND position<=?2 ORDER BY position");
    private readonly Statement _last = database.Prepare($"SELECT {Schema.EventColumns} FROM event WHERE position=(SELECT position FROM state WHERE entity=?1)");
    private readonly Statement _at = database.Prepare(
        $"SELECT {Schema.EventColumns} FROM event WHERE entity=?1 AND position<=?2 ORDER BY revision DESC LIMIT 1");
    private readonly Statement _request = database.Prepare("SELECT position FROM request WHERE request_key=?1");
    private readonly Statement _source = database.Prepare("SELECT entity FROM source WHERE source_key=?1");
    private readonly Statement _merged = database.Prepare("SELECT position FROM merged");
    private readonly Statement _keys = database.Prepare(
        "SELECT e.position, e.request_key, e.entity, s.source_key, s.live FROM event e LEFT JOIN state s ON s.entity=e.entity WHERE e.position>?1 ORDER BY e.position");
    private readonly Statement _catalogue = database.Prepare("SELECT bytes FROM catalogue WHERE digest=?1");
    private readonly Statement _state = database.Prepare(
        "SELECT e.position, recorded_at, e.entity, e.revision, kind, commitment, chain, open_salt, personal_digest, open, sealed, "
        + "request_key, content_mac, s.revision, state, live, subjects, source_key, s.position, s.entity "
        + "FROM state s CROSS JOIN event e ON e.position=s.position WHERE s.entity>?1 ORDER BY s.entity LIMIT ?2");

    private const string OpenColumns = "SELECT s.entity, s.position, s.revision, s.state, s.live, s.subjects, e.recorded_at, e.kind, e.open ";
    private readonly Statement _openState = database.Prepare(
        OpenColumns + "FROM state s CROSS JOIN event e ON e.position=s.position WHERE s.entity>?1 ORDER BY s.entity LIMIT ?2");

    private readonly Statement _openOthers = database.Prepare(
        OpenColumns + "FROM state s INDEXED BY state_others CROSS JOIN event e ON e.position=s.position "
        + "WHERE s.state=0 AND s.entity>?1 ORDER BY s.entity LIMIT ?2");

    private readonly Statement _openSince = database.Prepare(
        OpenColumns + "FROM event e CROSS JOIN state s ON s.entity=e.entity AND s.position=e.position WHERE e.position>?1 ORDER BY e.position LIMIT ?2");

    private readonly Statement _erasedSince = database.Prepare("SELECT entity FROM erasure WHERE position>?1");

    public void Range(long from, long through, List<StoredEvent> events)
    {
        _range.Bind(1, from).Bind(2, through);
        try
        {
            while (_range.Step())
            {
                events.Add(Row(_range));
            }
        }
        finally
        {
            _range.Reset();
        }
    }

    public StoredEvent? One(long position)
    {
        _range.Bind(1, position).Bind(2, position);
        return First(_range);
    }

    public StoredEvent? Last(long entity) => First(_last.Bind(1, entity));

    public StoredEvent? At(long entity, long maxPosition) => First(_at.Bind(1, entity).Bind(2, maxPosition));

    public long? Request(RequestKey key) => Number(_request.Bind(1, (UInt128?)key.Value));

    public long? Source(SourceKey key) => Number(_source.Bind(1, (UInt128?)key.Value));

    /// <summary>The position through which the tables of keys are whole.</summary>
    public long MergedThrough() => Number(_merged) ?? throw new LedgerRefusedException("The ledger's table 'merged' is empty. Restore the ledger.");

    /// <summary>The keys of the events after a position, in order: request key, and source key of the entity as it is now.</summary>
    public void Keys(long afterPosition, Action<long, RequestKey?, long, SourceKey?, bool> each)
    {
        _keys.Bind(1, afterPosition);
        try
        {
            while (_keys.Step())
            {
                each(
                    _keys.Int64(0),
                    _keys.Key16(1) is { } request ? new RequestKey(request) : null,
                    _keys.Int64(2),
                    _keys.Key16(3) is { } source ? new SourceKey(source) : null,
                    _keys.Int64(4) != 0);
            }
        }
        finally
        {
            _keys.Reset();
        }
    }

    public byte[]? Catalogue(string digest)
    {
        _catalogue.Bind(1, digest);
        try
        {
            return _catalogue.Step() ? _catalogue.Blob(0).ToArray() : null;
        }
        finally
        {
            _catalogue.Reset();
        }
    }

    public void State(long afterEntity, int max, List<StateRow> rows)
    {
        _state.Bind(1, afterEntity).Bind(2, max);
        try
        {
            while (_state.Step())
            {
                rows.Add(new StateRow(
                    _state.Int64(19), _state.Int64(18), _state.Int64(13), (ListingState)_state.Int64(14), _state.Int64(15) != 0,
                    _state.Blob(16).ToArray(), _state.Key16(17) is { } source ? new SourceKey(source) : null, Row(_state)));
            }
        }
        finally
        {
            _state.Reset();
        }
    }

    /// <summary>The same rows without what only a proof or an opening needs.</summary>
    public void OpenState(long afterEntity, int max, List<StateRow> rows) => OpenRows(_openState.Bind(1, afterEntity).Bind(2, max), rows);

    /// <summary>The same rows of entities that aren't listings.</summary>
    public void OpenOthers(long afterEntity, int max, List<StateRow> rows) => OpenRows(_openOthers.Bind(1, afterEntity).Bind(2, max), rows);

    /// <summary>The same rows of entities whose newest event is after a position, in the order of these events.</summary>
    public void OpenSince(long position, int max, List<StateRow> rows) => OpenRows(_openSince.Bind(1, position).Bind(2, max), rows);

    /// <summary>Entities that were erased after a position.</summary>
    public void ErasedSince(long position, List<long> entities)
    {
        _erasedSince.Bind(1, position);
        try
        {
            while (_erasedSince.Step())
            {
                entities.Add(_erasedSince.Int64(0));
            }
        }
        finally
        {
            _erasedSince.Reset();
        }
    }

    private static void OpenRows(Statement state, List<StateRow> rows)
    {
        try
        {
            while (state.Step())
            {
                var (entity, position, revision) = (state.Int64(0), state.Int64(1), state.Int64(2));
                rows.Add(new StateRow(
                    entity, position, revision, (ListingState)state.Int64(3), state.Int64(4) != 0, state.Blob(5).ToArray(), null,
                    new StoredEvent(entity, revision, (EventKind)state.Int64(7), StoredEvent.NoProof, state.Blob(8).ToArray(), null)
                    {
                        Position = position,
                        RecordedAtMicros = state.Int64(6),
                    }));
            }
        }
        finally
        {
            state.Reset();
        }
    }

    private static long? Number(Statement statement)
    {
        try
        {
            return statement.Step() ? statement.Int64(0) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static StoredEvent? First(Statement statement)
    {
        try
        {
            return statement.Step() ? Row(statement) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static StoredEvent Row(Statement row)
    {
        var proof = new byte[StoredEvent.ProofSize];
        Fixed(row, 6, proof.AsSpan(0, 32));
        Fixed(row, 5, proof.AsSpan(32, 32));
        Fixed(row, 8, proof.AsSpan(64, 32));
        Fixed(row, 7, proof.AsSpan(96, 16));
        return new StoredEvent(
            row.Int64(2), row.Int64(3), (EventKind)row.Int64(4), proof, row.Blob(9).ToArray(), row.IsNull(10) ? null : row.Blob(10).ToArray())
        {
            Position = row.Int64(0),
            RecordedAtMicros = row.Int64(1),
            RequestKey = row.Key16(11) is { } request ? new RequestKey(request) : null,
            ContentMac = row.Key16(12) is { } content ? new ContentMac(content) : null,
        };
    }

    private static void Fixed(Statement row, int column, Span<byte> target)
    {
        var bytes = row.Blob(column);
        if (bytes.Length != target.Length)
        {
            throw new LedgerUnavailableException($"The row at position {row.Int64(0)} is damaged: column {column} has {bytes.Length} bytes.");
        }

        bytes.CopyTo(target);
    }

    public void Dispose() => database.Dispose();
}
