namespace CreditExchange.Ledger.Sqlite;

/// <summary>Reads of the narrow tables as they are.</summary>
internal sealed partial class LedgerReader
{
    private readonly Statement _requestRows = database.Prepare(
        "SELECT r.request_key, r.position, e.request_key FROM request r LEFT JOIN event e ON e.position=r.position "
        + "WHERE r.request_key>?1 ORDER BY r.request_key LIMIT ?2");
    private readonly Statement _sourceRows = database.Prepare(
        "SELECT r.source_key, r.entity, s.source_key, s.live FROM source r LEFT JOIN state s ON s.entity=r.entity "
        + "WHERE r.source_key>?1 ORDER BY r.source_key LIMIT ?2");

    private readonly Statement _progress = database.Prepare("SELECT name, version, value FROM progress WHERE name=?1");
    // The bytes of a name that begins with the prefix lie between the prefix and the prefix with the highest character behind it.
    private readonly Statement _progressUnder = database.Prepare(
        "SELECT name, version, value FROM progress WHERE name>=?1 AND name<?1 || char(0x10FFFF) ORDER BY name");

    /// <summary>A row of `progress`; null: none.</summary>
    public ProgressRow? Progress(string name)
    {
        try
        {
            return _progress.Bind(1, name).Step() ? ReadProgress(_progress) : null;
        }
        finally
        {
            _progress.Reset();
        }
    }

    /// <summary>The rows of `progress` whose names begin with a prefix.</summary>
    public List<ProgressRow> ProgressUnder(string prefix)
    {
        List<ProgressRow> rows = [];
        _progressUnder.Bind(1, prefix);
        try
        {
            while (_progressUnder.Step())
            {
                rows.Add(ReadProgress(_progressUnder));
            }
        }
        finally
        {
            _progressUnder.Reset();
        }

        return rows;
    }

    private static ProgressRow ReadProgress(Statement row) => new(row.Text(0), row.Int64(1), row.Blob(2).ToArray());

    /// <summary>Rows of `request` after a key ({ 0 }: from the first), each with whether its event carries that key.</summary>
    public void RequestRows(byte[] after, int max, List<(byte[] Key, long Position, bool Fits)> rows) => Rows(
        _requestRows, after, max, rows, static row => row.Blob(0).SequenceEqual(row.Blob(2)));

    /// <summary>Rows of `source` after a key, each with whether its entity is live and has that key.</summary>
    public void SourceRows(byte[] after, int max, List<(byte[] Key, long Entity, bool Fits)> rows) => Rows(
        _sourceRows, after, max, rows, static row => row.Blob(0).SequenceEqual(row.Blob(2)) && row.Int64(3) != 0);

    private static void Rows(
        Statement statement, byte[] after, int max, List<(byte[], long, bool)> rows, Func<Statement, bool> fits)
    {
        statement.Bind(1, after).Bind(2, max);
        try
        {
            while (statement.Step())
            {
                rows.Add((statement.Blob(0).ToArray(), statement.Int64(1), fits(statement)));
            }
        }
        finally
        {
            statement.Reset();
        }
    }
}
