namespace CreditExchange.Ledger;

/// <summary>
/// Rows that stand beside the ledger in its store: how far somebody who follows it has come, who holds a lease, what a consumer
/// has confirmed. No history: a row is replaced, and a backup leaves them out.
/// </summary>
public interface IProgressStore
{
    /// <summary>The row of a name; null: none.</summary>
    ProgressRow? Read(string name);

    /// <summary>The rows whose names begin with a prefix, in the order of their names' bytes.</summary>
    IReadOnlyList<ProgressRow> ReadAll(string prefix);

    /// <summary>Writes a row if nobody else has written it since; completes when it is durable.</summary>
    /// <param name="name">The row, 1 to 200 characters.</param>
    /// <param name="version">The version that the caller has read; 0: there was none.</param>
    /// <param name="value">What it holds.</param>
    /// <returns>Whether it was written; its version then is one higher.</returns>
    /// <exception cref="LedgerUnavailableException">I/O failed or too much waits: whether it was written is not known.</exception>
    Task<bool> WriteAsync(string name, long version, ReadOnlyMemory<byte> value);
}

/// <summary>A row.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Grows by one with each write, from 1.</param>
/// <param name="Value">What it holds.</param>
public sealed record ProgressRow(string Name, long Version, byte[] Value);
