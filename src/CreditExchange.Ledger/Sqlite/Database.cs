using SQLitePCL;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>One SQLite connection, used by one thread at a time. SQLitePCL is called directly: a command object per row costs
/// more than the row.</summary>
internal sealed class Database : IDisposable
{
    /// <summary>Size of a page. An event row has about 1.5 KB: of pages of 4 KB a quarter stays empty.</summary>
    public const int PageBytes = 8192;

    // SQLITE_DBSTATUS_CACHE_WRITE, which the binding doesn't name.
    private const int PagesWritten = 9;

    private readonly List<Statement> _statements = [];
    private readonly string _file;

    static Database() => Batteries_V2.Init();

    private Database(string file, sqlite3 handle)
    {
        _file = file;
        Handle = handle;
    }

    public sqlite3 Handle { get; }

    public static Database OpenWriter(string file, int cacheMegabytes, int autoCheckpointPages)
    {
        var database = Open(file, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX);
        database.Run($"PRAGMA page_size={PageBytes}");
        database.Run("PRAGMA journal_mode=WAL");
        database.Run("PRAGMA synchronous=FULL");
        // What an erasure deletes must not be left in the free parts of pages.
        database.Run("PRAGMA secure_delete=ON");
        database.Run($"PRAGMA cache_size=-{cacheMegabytes * 1024}");
        database.Run($"PRAGMA wal_autocheckpoint={autoCheckpointPages}");
        return database;
    }

    public static Database OpenReader(string file)
    {
        var database = Open(file, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX);
        database.Run("PRAGMA query_only=ON");
        database.Run("PRAGMA cache_size=-16384");
        return database;
    }

    private static Database Open(string file, int flags)
    {
        var code = raw.sqlite3_open_v2(file, out var handle, flags, null);
        if (code != raw.SQLITE_OK)
        {
            handle?.Dispose();
            throw new StoreException(code, $"Cannot open {file}: {raw.sqlite3_errstr(code).utf8_to_string()}");
        }

        var database = new Database(file, handle);
        raw.sqlite3_extended_result_codes(handle, 1);
        raw.sqlite3_busy_timeout(handle, 10_000);
        return database;
    }

    public Statement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(Handle, sql, out var statement));
        var prepared = new Statement(this, statement);
        _statements.Add(prepared);
        return prepared;
    }

    public void Run(string sql) => Check(raw.sqlite3_exec(Handle, sql));

    /// <summary>Pages that this connection wrote into the log since it was last asked.</summary>
    public int TakePagesWritten()
    {
        Check(raw.sqlite3_db_status(Handle, PagesWritten, out var written, out _, 1));
        return written;
    }

    /// <summary>Rolls back what is open; an error may have done it already.</summary>
    public void EndOpenTransaction()
    {
        if (raw.sqlite3_get_autocommit(Handle) == 0)
        {
            Run("ROLLBACK");
        }
    }

    public void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            Fail(code);
        }
    }

    private void Fail(int code) => throw new StoreException(
        code, $"SQLite error {code} in {_file}: {raw.sqlite3_errmsg(Handle).utf8_to_string()}");

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        Handle.Dispose();
    }
}

/// <summary>SQLite answered with an error. Never leaves the ledger as it is.</summary>
internal sealed class StoreException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}
