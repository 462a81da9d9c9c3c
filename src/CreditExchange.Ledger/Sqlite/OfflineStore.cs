using CreditExchange.Ledger.Keys;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>A ledger's files, opened while no hub runs and without trusting what is in them.</summary>
internal sealed class OfflineStore : IDisposable
{
    private readonly FolderLock _folder;

    private OfflineStore(LedgerOptions options, FolderLock folder, TimeProvider time)
    {
        Options = options;
        _folder = folder;
        Keys = KeyStore.Open(options, time);
        Database = Database.OpenWriter(options.LedgerFile, options.WriterCacheMegabytes, 4000);
        Readers = new ReaderPool(options.LedgerFile);
        Indexes = new KeyIndexes(options, Readers);
        Reader = new LedgerReader(Database);
        Sealer = new EventSealer(Keys);
    }

    public LedgerOptions Options { get; }

    public KeyStore Keys { get; }

    public Database Database { get; }

    public ReaderPool Readers { get; }

    public KeyIndexes Indexes { get; }

    /// <summary>Reads on the connection that writes.</summary>
    public LedgerReader Reader { get; }

    public EventSealer Sealer { get; }

    public List<(long First, string LedgerId)> Epochs { get; private set; } = [];

    public long Head { get; private set; }

    /// <exception cref="LedgerRefusedException">There is no ledger, a hub has it, or its files can't be opened.</exception>
    public static OfflineStore Open(LedgerOptions options, TimeProvider time)
    {
        foreach (var file in new[] { options.LedgerFile, options.KeyFile })
        {
            if (!File.Exists(file))
            {
                throw new LedgerRefusedException($"{file} does not exist: there is no whole ledger in this folder.");
            }
        }

        var folder = FolderLock.Take(options.DataFolder);
        OfflineStore? store = null;
        try
        {
            store = new OfflineStore(options, folder, time);
            store.Load();
            return store;
        }
        catch (StoreException failure)
        {
            store?.Dispose();
            folder.Dispose();
            throw new LedgerRefusedException($"{options.LedgerFile} cannot be opened: {failure.Message}", failure);
        }
        catch
        {
            store?.Dispose();
            folder.Dispose();
            throw;
        }
    }

    private void Load()
    {
        if (Number("PRAGMA user_version") is var found && found != Schema.Version)
        {
            throw new LedgerRefusedException($"{Options.LedgerFile} has version {found}; this program knows version {Schema.Version}.");
        }

        Database.Run(Schema.CreateErasure);
        Database.Run(Schema.CreateOthers);
        Database.Run(Schema.CreateProgress);
        Head = Number("SELECT coalesce(max(position), 0) FROM event");
        Epochs = Sqlite.Epochs.Read(Database);
        Indexes.Load(Reader);
    }

    public long Number(string sql)
    {
        using var read = Database.Prepare(sql);
        var number = read.Step() ? read.Int64(0) : 0;
        read.Reset();
        return number;
    }

    public VerificationSource ToVerify() => new(Readers, Indexes, Keys, Epochs, Head, Erasures.Of(Database));

    public string LedgerIdAt(long position) => Epochs.LedgerIdAt(position);

    /// <summary>Ends the log: all that was written is in the files then.</summary>
    public void Checkpoint() => Database.Run("PRAGMA wal_checkpoint(TRUNCATE)");

    public void Dispose()
    {
        Readers.Dispose();
        Reader.Dispose();
        Keys.Dispose();
        _folder.Dispose();
    }
}
