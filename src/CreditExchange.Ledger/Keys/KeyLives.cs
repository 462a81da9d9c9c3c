using CreditExchange.Ledger.Sqlite;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Keys;

/// <summary>Tables of keys.db that tell what became of which key, and which requests started rotations. Callers hold the
/// store's write gate, and a transaction where several changes belong together.</summary>
internal sealed class KeyLives
{
    private readonly Database _database;
    private readonly Statement _put;
    private readonly Statement _all;
    private readonly Statement _start;
    private readonly Statement _find;
    private readonly Statement _byKey;

    public KeyLives(Database database)
    {
        _database = database;
        database.Run(
            "CREATE TABLE IF NOT EXISTS key_life(purpose INTEGER NOT NULL, id TEXT NOT NULL, state INTEGER NOT NULL, since INTEGER NOT NULL, "
            + "until INTEGER, PRIMARY KEY(purpose, id)) WITHOUT ROWID");
        database.Run(
            "CREATE TABLE IF NOT EXISTS rotation(request_key BLOB PRIMARY KEY, content BLOB NOT NULL, purpose INTEGER NOT NULL, "
            + "id TEXT NOT NULL, started INTEGER NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID");
        _put = database.Prepare(
            "INSERT INTO key_life(purpose, id, state, since, until) VALUES(?1, ?2, ?3, ?4, ?5) "
            + "ON CONFLICT(purpose, id) DO UPDATE SET state=excluded.state, until=excluded.until");
        _all = database.Prepare("SELECT purpose, id, state, since, until FROM key_life ORDER BY purpose, since, length(id), id");
        _start = database.Prepare("INSERT OR REPLACE INTO rotation VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        _find = database.Prepare("SELECT purpose, id, started, content, actor, reason FROM rotation WHERE request_key=?1");
        _byKey = database.Prepare("SELECT purpose, id, started, content, actor, reason FROM rotation WHERE purpose=?1 AND id=?2 ORDER BY started DESC LIMIT 1");
    }

    /// <summary>All keys with no rows counted, by purpose and age.</summary>
    public List<KeyRecord> All()
    {
        List<KeyRecord> all = [];
        while (_all.Step())
        {
            all.Add(new KeyRecord(
                (KeyPurpose)_all.Int64(0), _all.Text(1), (KeyState)_all.Int64(2), Micros.ToInstant(_all.Int64(3)),
                _all.IsNull(4) ? null : Micros.ToInstant(_all.Int64(4)), 0));
        }

        _all.Reset();
        return all;
    }

    /// <summary>A key's state from now on; the time since when it is there stays.</summary>
    public void Put(KeyPurpose purpose, string id, KeyState state, DateTimeOffset now) =>
        Put(purpose, id, state, now, state == KeyState.Retired ? now : null);

    public void Put(KeyPurpose purpose, string id, KeyState state, DateTimeOffset since, DateTimeOffset? until)
    {
        _put.Bind(1, (long)purpose).Bind(2, id).Bind(3, (long)state).Bind(4, Micros.From(since));
        if (until is { } end)
        {
            _put.Bind(5, Micros.From(end));
        }
        else
        {
            _put.BindNull(5);
        }

        _put.Execute();
    }

    public void Start(RotationRequest request, KeyPurpose purpose, string id, DateTimeOffset now) =>
        _start.Bind(1, (UInt128?)request.Key.Value).Bind(2, (UInt128?)request.Content.Value).Bind(3, (long)purpose).Bind(4, id)
            .Bind(5, Micros.From(now)).Bind(6, request.Actor).Bind(7, request.Reason).Execute();

    public StartedRotation? Find(RequestKey key) => Read(_find.Bind(1, (UInt128?)key.Value));

    public StartedRotation? Find(KeyPurpose purpose, string id) => Read(_byKey.Bind(1, (long)purpose).Bind(2, id));

    /// <summary>Runs changes in one transaction; none is left when one fails.</summary>
    public void Together(Action changes)
    {
        _database.Run("BEGIN IMMEDIATE");
        try
        {
            changes();
            _database.Run("COMMIT");
        }
        catch
        {
            _database.EndOpenTransaction();
            throw;
        }
    }

    private static StartedRotation? Read(Statement found)
    {
        try
        {
            return !found.Step() ? null : new StartedRotation(
                (KeyPurpose)found.Int64(0), found.Text(1), Micros.ToInstant(found.Int64(2)),
                new ContentMac(found.Key16(3)!.Value), found.Text(4), found.Text(5));
        }
        finally
        {
            found.Reset();
        }
    }
}
