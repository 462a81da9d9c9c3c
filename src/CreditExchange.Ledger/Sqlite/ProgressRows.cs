using SQLitePCL;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>The rows of the table `progress`: read beside the writer, written by it among the events.</summary>
internal sealed class ProgressRows(ReaderPool readers, AppendQueue queue) : IProgressStore
{
    /// <inheritdoc/>
    public ProgressRow? Read(string name) => readers.Use(name, static (reader, wanted) => reader.Progress(wanted));

    /// <inheritdoc/>
    public IReadOnlyList<ProgressRow> ReadAll(string prefix) => readers.Use(prefix, static (reader, wanted) => reader.ProgressUnder(wanted));

    /// <inheritdoc/>
    public async Task<bool> WriteAsync(string name, long version, ReadOnlyMemory<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(name.Length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, 200);
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        var written = false;
        var item = PendingAppend.OfWork(
            database =>
            {
                using var write = database.Prepare(version == 0
                    ? "INSERT INTO progress(value, name, version) VALUES(?1, ?2, ?3 + 1) ON CONFLICT DO NOTHING"
                    : "UPDATE progress SET value=?1, version=?3 + 1 WHERE name=?2 AND version=?3");
                write.Bind(1, value.Span).Bind(2, name).Bind(3, version).Execute();
                written = raw.sqlite3_changes(database.Handle) > 0;
            },
            background: false);
        queue.Add(item);
        await item.Task;
        return written;
    }
}
