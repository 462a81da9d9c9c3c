namespace CreditExchange.Ledger.Sqlite;

/// <summary>Tables of ledger.db. Wide rows lie in rowid order only; what is random is narrow.</summary>
internal static class Schema
{
    public const int Version = 2;

    public const string EventColumns =
        "position, recorded_at, entity, revision, kind, commitment, chain, open_salt, personal_digest, open, sealed, request_key, content_mac";

    /// <summary>A catalogue that is there already stays: its digest names its bytes.</summary>
    public const string InsertCatalogue = "INSERT OR IGNORE INTO catalogue(digest, bytes) VALUES(?1, ?2)";

    /// <summary>Which entities were erased, by which event. A ledger of before erasures gets it at its next open.</summary>
    // What isn't a listing: few among millions, and all that a start from an image of the view reads of the state.
    public const string CreateOthers = "CREATE INDEX IF NOT EXISTS state_others ON state(entity) WHERE state=0";

    public const string CreateErasure = "CREATE TABLE IF NOT EXISTS erasure(entity INTEGER PRIMARY KEY, position INTEGER NOT NULL)";

    /// <summary>What stands beside the ledger: no history, not part of a backup. A ledger of before gets it at its next open.</summary>
    public const string CreateProgress =
        "CREATE TABLE IF NOT EXISTS progress(name TEXT PRIMARY KEY, version INTEGER NOT NULL, value BLOB NOT NULL) WITHOUT ROWID";

    public static readonly string[] Create =
    [
        // recorded_at: microseconds since 1970. sealed: null where nothing is personal, or it was erased.
        """
        CREATE TABLE event(
          position INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL, entity INTEGER NOT NULL, revision INTEGER NOT NULL,
          kind INTEGER NOT NULL, commitment BLOB NOT NULL, chain BLOB NOT NULL, open_salt BLOB NOT NULL,
          personal_digest BLOB NOT NULL, open BLOB NOT NULL, sealed BLOB, request_key BLOB, content_mac BLOB)
        """,
        "CREATE UNIQUE INDEX event_revision ON event(entity, revision)",
        // Derived from the events, in the same transaction.
        """
        CREATE TABLE state(
          entity INTEGER PRIMARY KEY, position INTEGER NOT NULL, revision INTEGER NOT NULL, state INTEGER NOT NULL,
          live INTEGER NOT NULL, subjects BLOB NOT NULL, source_key BLOB)
        """,
        // The two tables hold every key of the events through this position; newer ones wait in memory (see KeyIndexes).
        "CREATE TABLE merged(position INTEGER NOT NULL)",
        "INSERT INTO merged VALUES(0)",
        "CREATE TABLE source(source_key BLOB PRIMARY KEY, entity INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE request(request_key BLOB PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
        CreateErasure,
        CreateOthers,
        CreateProgress,
        "CREATE TABLE catalogue(digest TEXT PRIMARY KEY, bytes BLOB NOT NULL)",
        "CREATE TABLE epoch(first_position INTEGER PRIMARY KEY, ledger_id TEXT NOT NULL)",
    ];
}
