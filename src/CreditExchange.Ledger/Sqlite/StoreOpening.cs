using CreditExchange.Ledger.Keys;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>Opens ledger.db: makes it with its first epoch, or checks that it is what it must be.</summary>
internal static class StoreOpening
{
    /// <summary>How many of the newest events are verified before anything is written.</summary>
    private const int Tail = 1000;

    public static WriteConnection Open(LedgerOptions options, KeyStore keys, KeyIndexes indexes, TimeProvider time)
    {
        Database? database = null;
        try
        {
            DatabaseFile.Prepare(options.LedgerFile);
            // The writer copies nothing back by itself: that would stand in the way of commits (see CheckpointLoop).
            database = Database.OpenWriter(options.LedgerFile, options.WriterCacheMegabytes, 0);
            var found = UserVersion(database);
            if (found == 0)
            {
                Create(database, keys, indexes, time);
            }
            else if (found != Schema.Version)
            {
                throw new LedgerRefusedException($"{options.LedgerFile} has version {found}; this program knows version {Schema.Version}.");
            }

            database.Run(Schema.CreateErasure);
            database.Run(Schema.CreateOthers);
            database.Run(Schema.CreateProgress);
            return new WriteConnection(database, indexes);
        }
        catch (StoreException failure)
        {
            database?.Dispose();
            throw new LedgerRefusedException($"{options.LedgerFile} cannot be opened: {failure.Message}", failure);
        }
        catch
        {
            database?.Dispose();
            throw;
        }
    }

    /// <summary>The epochs, each with its event and of this ledger.</summary>
    public static List<(long First, string LedgerId)> CheckEpochs(WriteConnection connection, KeyStore keys)
    {
        var epochs = Epochs.Read(connection.Database);
        if (epochs.Count == 0)
        {
            throw new LedgerRefusedException("The ledger has no EPOCH_OPENED event: it is not a whole ledger. Restore it.");
        }

        foreach (var (first, ledgerId) in epochs)
        {
            var opened = connection.Reader.One(first);
            if (opened?.Kind != EventKind.EpochOpened || EventSealer.OpenPart(opened).Epoch?.LedgerId != ledgerId)
            {
                throw new LedgerRefusedException($"The EPOCH_OPENED event of {ledgerId} at position {first} is missing. Restore the ledger.");
            }

            if (!ledgerId.StartsWith(keys.Ledger + ".", StringComparison.Ordinal))
            {
                throw new LedgerRefusedException($"keys.db belongs to ledger {keys.Ledger}, ledger.db is {ledgerId}. Put the two together that belong together.");
            }
        }

        return epochs;
    }

    /// <summary>The newest event, after the newest ones were verified.</summary>
    public static StoredEvent Head(WriteConnection connection)
    {
        using var read = connection.Database.Prepare("SELECT coalesce(max(position), 0) FROM event");
        read.Step();
        var head = read.Int64(0);
        read.Reset();
        List<StoredEvent> tail = [];
        connection.Reader.Range(Math.Max(1, head - Tail), head, tail);
        Span<byte> before = stackalloc byte[32];
        for (var i = 0; i < tail.Count; i++)
        {
            if (i == 0 && tail[i].Position > 1)
            {
                tail[i].Chain.CopyTo(before);
                continue;
            }

            if (Verification.LinkFault(before, i == 0 ? 0 : tail[i - 1].Position, tail[i]) is { } fault)
            {
                throw new LedgerRefusedException($"The ledger is damaged at position {tail[i].Position}: {fault} Restore it.");
            }

            tail[i].Chain.CopyTo(before);
        }

        Traps.Reach("open.after-head");
        return tail.Count > 0 ? tail[^1] : throw new LedgerRefusedException("The ledger has no events: it is not a whole ledger. Restore it.");
    }

    private static long UserVersion(Database database)
    {
        using var version = database.Prepare("PRAGMA user_version");
        version.Step();
        var found = version.Int64(0);
        version.Reset();
        return found;
    }

    private static void Create(Database database, KeyStore keys, KeyIndexes indexes, TimeProvider time)
    {
        if (keys.MaxEntity > 0)
        {
            throw new LedgerRefusedException("keys.db holds keys of events, but ledger.db is empty. Restore ledger.db, or move keys.db away for a new ledger.");
        }

        Traps.Reach("first.before-store");
        var ledgerId = keys.Ledger + ".1";
        var noChain = new byte[32];

        // Tables, version and first event are one transaction: a process that dies here leaves an empty file.
        database.Run("BEGIN IMMEDIATE");
        foreach (var sql in Schema.Create)
        {
            database.Run(sql);
        }

        Traps.Reach("first.after-tables");
        var draft = Epochs.Begin(database, entity: 1, ledgerId, first: 1, noChain);
        database.Run($"PRAGMA user_version={Schema.Version}");
        var item = new EventSealer(keys).Seal(draft, ledgerId);
        item.Stored.Place(noChain, 1, Micros.From(time.GetUtcNow()));
        var connection = new WriteConnection(database, indexes);
        connection.Insert(item, null);
        Traps.Reach("first.before-epoch-commit");
        connection.Database.Run("COMMIT");
        Traps.Reach("first.after-epoch-commit");
    }
}
