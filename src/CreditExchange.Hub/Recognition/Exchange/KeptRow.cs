using CreditExchange.Ledger;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>One row of the progress store that this process alone writes, one write at a time.</summary>
internal sealed class KeptRow(IProgressStore store, string name)
{
    private long version;

    /// <summary>What it holds; null: there is none.</summary>
    public byte[]? Load()
    {
        var row = store.Read(name);
        version = row?.Version ?? 0;
        return row?.Value;
    }

    /// <summary>Replaces it; completes when it is durable.</summary>
    /// <exception cref="LedgerUnavailableException">It could not be written.</exception>
    public async Task WriteAsync(byte[] value)
    {
        if (!await store.WriteAsync(name, version, value))
        {
            // A write whose outcome nobody knew was done after all: nobody else writes this row.
            version = store.Read(name)?.Version ?? 0;
            if (!await store.WriteAsync(name, version, value))
            {
                throw new LedgerUnavailableException($"The row '{name}' changes faster than it can be written.");
            }
        }

        version++;
    }
}
