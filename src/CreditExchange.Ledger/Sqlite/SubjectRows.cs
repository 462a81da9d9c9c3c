namespace CreditExchange.Ledger.Sqlite;

/// <summary>The subject keys in the state, for their rotation: read in pages, replaced by the writer.</summary>
internal sealed class SubjectRows(string file) : IDisposable
{
    private readonly Lock _gate = new();
    private Database? _reader;
    private Statement? _page;

    /// <summary>Rows in order after an entity; entities that are found under nobody too, with nothing.</summary>
    public List<SubjectRow> Read(long afterEntity, int max)
    {
        lock (_gate)
        {
            try
            {
                _reader ??= Database.OpenReader(file);
                _page ??= _reader.Prepare("SELECT entity, position, subjects FROM state WHERE entity>?1 ORDER BY entity LIMIT ?2");
                List<SubjectRow> rows = new(Math.Min(max, 1_000));
                _page.Bind(1, afterEntity).Bind(2, max);
                try
                {
                    while (_page.Step())
                    {
                        rows.Add(new SubjectRow(_page.Int64(0), _page.Int64(1), SubjectEntry.ReadAll(_page.Blob(2))));
                    }
                }
                finally
                {
                    _page.Reset();
                }

                return rows;
            }
            catch (StoreException failure)
            {
                throw new LedgerUnavailableException($"The ledger could not be read: {failure.Message}", failure);
            }
        }
    }

    /// <summary>An item for the writer's queue that replaces rows.</summary>
    public static PendingAppend Refile(IReadOnlyList<SubjectRow> rows, Action<int> done) => PendingAppend.OfWork(
        database =>
        {
            using var update = database.Prepare("UPDATE state SET subjects=?1 WHERE entity=?2 AND position=?3");
            var filed = 0;
            foreach (var row in rows)
            {
                update.Bind(1, SubjectEntry.Write(row.Subjects)).Bind(2, row.Entity).Bind(3, row.Position).Execute();
                filed += SQLitePCL.raw.sqlite3_changes(database.Handle);
            }

            done(filed);
        },
        background: true);

    public void Dispose() => _reader?.Dispose();
}
