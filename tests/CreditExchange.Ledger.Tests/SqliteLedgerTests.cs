using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Ledger.Tests;

/// <summary>The conformance suite on SQLite, and what only SQLite's files have.</summary>
public sealed partial class SqliteLedgerTests : LedgerConformance
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ledger-").FullName;

    // Every key is merged at once, so that the tables can be looked into; RecentKeysTests is the suite with keys in memory.
    private LedgerOptions Options => new() { DataFolder = _folder, CreateWrappingKey = true, RecentKeys = 0 };

    private SqliteLedger Sqlite => (SqliteLedger)Ledger;

    private protected override async Task<ILedger> OpenAsync() =>
        await SqliteLedger.OpenAsync(Options, Time, NullLogger.Instance);

    protected override void Cleanup() => Directory.Delete(_folder, recursive: true);
}
