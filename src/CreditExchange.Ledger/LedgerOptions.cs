namespace CreditExchange.Ledger;

/// <summary>How a ledger is opened.</summary>
public sealed class LedgerOptions
{
    /// <summary>Folder of ledger.db and keys.db; made when absent; locked by one hub at a time.</summary>
    public required string DataFolder { get; init; }

    /// <summary>32 bytes under which all other keys are wrapped. Required unless <see cref="CreateWrappingKey"/>.</summary>
    public byte[]? WrappingKey { get; init; }

    /// <summary>Wrapping keys of before, 32 bytes each, under which something may still lie while a rotation goes on.</summary>
    public IReadOnlyList<byte[]> PreviousWrappingKeys { get; init; } = [];

    /// <summary>Development only: makes DataFolder/keys/wrapping.key (mode 0600) at the first open and reads it afterwards.</summary>
    public bool CreateWrappingKey { get; init; }

    /// <summary>Most events in one commit, 1 to 100,000. The default is 5,000.</summary>
    public int MaxGroup { get; init; } = 5000;

    /// <summary>Most events that wait for the writer before callers are refused. The default is 200,000.</summary>
    public int MaxWaiting { get; init; } = 200_000;

    /// <summary>How many groups may pass while background events wait, before some of them join. The default is 50.</summary>
    public int BackgroundPatience { get; init; } = 50;

    /// <summary>Page cache of the writer in MB. The default is 256.</summary>
    public int WriterCacheMegabytes { get; init; } = 256;

    /// <summary>Size of the write-ahead log, in MB, from which it is copied back in the background. The default is 64.</summary>
    public int CheckpointMegabytes { get; init; } =
#if TRAPS
        0; // So that a second of a test has all steps in it.
#else
        64;
#endif

    /// <summary>Keys that may wait in memory before they are merged into their tables; more as the ledger grows. 0: none.</summary>
    internal int RecentKeys { get; init; } =
#if TRAPS
        16;
#else
        20_000;
#endif

    internal string LedgerFile => Path.Combine(DataFolder, "ledger.db");

    internal string KeyFile => Path.Combine(DataFolder, "keys.db");
}
