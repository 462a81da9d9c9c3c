using System.Globalization;
using CreditExchange.Ledger.Keys;
using CreditExchange.Ledger.Sqlite;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Backup;

/// <summary>
/// Puts a backup into a data folder: compared with its manifest, opened as a new epoch, made whole again and verified in a
/// folder beside; only then moved to its place, the ledger last.
/// </summary>
internal sealed class LedgerRestore(
    RestoreRequest request, IStateProjection projection, TimeProvider time, Action<long, long>? progress, CancellationToken cancel)
{
    // Entities that the lost events made are not given again: a listing id that somebody noted must not name another listing.
    private const long EntitiesPassedOver = 1_000_000;
    private const string Rule = "restore: the key is gone";

    public RestoreReport Run()
    {
        var options = request.Target;
        using var folder = FolderLock.Take(options.DataFolder);
        var staged = new LedgerOptions { DataFolder = StagingFolder(options), WrappingKey = options.WrappingKey };
        if (!File.Exists(options.LedgerFile) && File.Exists(options.KeyFile) && File.Exists(staged.LedgerFile) && !File.Exists(staged.KeyFile))
        {
            // A restore died between its two moves: these are its keys, not another ledger's. From the beginning, then.
            File.Move(options.KeyFile, staged.KeyFile);
            Traps.Reach("restore.after-keys-back");
        }

        if (File.Exists(options.LedgerFile) || File.Exists(options.KeyFile))
        {
            throw new LedgerRefusedException($"{options.DataFolder} holds a ledger already. Restore into an empty folder.");
        }

        var manifest = Manifests.Check(request.Folder);
        var keys = Manifests.Check(request.KeysFolder);
        if (Ledger(manifest.LedgerId) != Ledger(keys.LedgerId) || keys.Position < manifest.Position)
        {
            throw new LedgerRefusedException(
                $"The keys are those of {keys.LedgerId} at position {keys.Position}; the ledger is {manifest.LedgerId} at {manifest.Position}. "
                + "Give the keys of the same backup or of a newer one.");
        }

        Remove(staged.DataFolder);
        try
        {
            PrivatePaths.MakeFolder(staged.DataFolder);
            Traps.Reach("restore.after-folder");
            Copy(Path.Combine(request.Folder, Path.GetFileName(options.LedgerFile)), staged.LedgerFile);
            Traps.Reach("restore.after-ledger-copy");
            Copy(Path.Combine(request.KeysFolder, Path.GetFileName(options.KeyFile)), staged.KeyFile);
            Traps.Reach("restore.after-keys-copy");
            var report = Prepare(staged, manifest);
            Traps.Reach("restore.after-verify");
            File.Move(staged.KeyFile, options.KeyFile);
            Traps.Reach("restore.after-keys-moved");
            File.Move(staged.LedgerFile, options.LedgerFile);
            Traps.Reach("restore.after-ledger-moved");
            return report;
        }
        finally
        {
            Remove(staged.DataFolder);
        }
    }

    /// <summary>
    /// Refuses a folder in which a restore was not finished: a hub would begin a new ledger beside the one that is on its way.
    /// What a finished one left behind is removed.
    /// </summary>
    /// <exception cref="LedgerRefusedException">It says what to do.</exception>
    public static void CheckFinished(LedgerOptions options)
    {
        var staging = StagingFolder(options);
        if (!Directory.Exists(staging))
        {
            return;
        }

        if (!File.Exists(options.LedgerFile))
        {
            throw new LedgerRefusedException(
                $"A restore into {options.DataFolder} was not finished. Run the same 'cx ledger restore' again; "
                + $"for a new ledger instead, remove {staging} and {options.KeyFile}.");
        }

        Remove(staging);
    }

    private static string StagingFolder(LedgerOptions options) => Path.Combine(options.DataFolder, "restoring");

    private RestoreReport Prepare(LedgerOptions staged, BackupManifest manifest)
    {
        string ledgerId;
        long erased;
        using (var store = OfflineStore.Open(staged, time))
        {
            var last = store.Readers.Use(store.Head, static (reader, head) => reader.One(head));
            if (last is null || last.Position != manifest.Position || !last.Chain.SequenceEqual(manifest.Chain.Span))
            {
                throw new LedgerRefusedException($"The backup's last event is not the one that its manifest names at position {manifest.Position}.");
            }

            ledgerId = NextEpoch(store, manifest);
            erased = Append(store, last, ledgerId);
            store.Checkpoint();
            Traps.Reach("restore.after-epoch");
        }

        using (var store = OfflineStore.Open(staged, time))
        {
            _ = new Rebuilding(store, projection, progress, cancel).Run();
        }

        using (var store = OfflineStore.Open(staged, time))
        {
            var found = new Verification(store.ToVerify(), projection, progress, cancel).Run();
            if (found.Fault is not null)
            {
                throw new LedgerRefusedException($"The backup is damaged at position {found.FaultPosition}: {found.Fault} Restore another one.");
            }

            store.Checkpoint();
            return new RestoreReport(ledgerId, manifest.Position, store.Head, erased);
        }
    }

    private string NextEpoch(OfflineStore store, BackupManifest manifest)
    {
        var before = store.Epochs.Count > 0 ? store.Epochs[^1].LedgerId : "";
        if (before != manifest.LedgerId || !long.TryParse(before[(before.IndexOf('.', StringComparison.Ordinal) + 1)..], out var number))
        {
            throw new LedgerRefusedException($"The backup's last epoch is '{before}', its manifest says {manifest.LedgerId}.");
        }

        var next = request.Epoch == 0 ? number + 1 : request.Epoch;
        return next > number
            ? Ledger(before) + "." + next.ToString(CultureInfo.InvariantCulture)
            : throw new LedgerRefusedException($"The backup's epoch is {number}; the new one must be higher than that.");
    }

    private long Append(OfflineStore store, StoredEvent last, string ledgerId)
    {
        var keyless = Keyless(store);
        if (keyless.Count > 0 && !request.EraseWithoutKey)
        {
            throw new LedgerRefusedException(
                $"{keyless.Count} entities of the ledger have no key in this backup of the keys: they were erased after the ledger's backup was made, "
                + "or the keys are others. If they were erased, allow that they are recorded so.");
        }

        using var connection = new WriteConnection(Database.OpenWriter(store.Options.LedgerFile, 16, 4000), store.Indexes);
        var head = last;
        connection.Begin();
        var entity = Math.Max(store.Number("SELECT coalesce(max(entity), 0) FROM event"), store.Keys.MaxEntity) + EntitiesPassedOver;
        head = Append(store, connection, head, ledgerId, Epochs.Begin(connection.Database, entity, ledgerId, head.Position + 1, head.Chain));
        foreach (var (gone, revision) in keyless)
        {
            head = Append(store, connection, head, ledgerId, new EventDraft
            {
                Entity = gone,
                Revision = revision + 1,
                Kind = EventKind.Erased,
                Erases = true,
                Live = false,
                Open = new LedgerEvent
                {
                    Kind = EventKind.Erased,
                    Actor = "hub",
                    Erasure = new Erasure { ListingId = $"{Ledger(ledgerId)}-{gone.ToString(CultureInfo.InvariantCulture)}", Rule = Rule },
                },
            });
        }

        Traps.Reach("restore.before-epoch-commit");
        connection.Commit();
        return keyless.Count;
    }

    private StoredEvent Append(OfflineStore store, WriteConnection connection, StoredEvent before, string ledgerId, EventDraft draft)
    {
        var item = store.Sealer.Seal(draft, ledgerId);
        item.Stored.Place(
            before.Chain, before.Position + 1, Math.Max(before.RecordedAtMicros, Micros.From(time.GetUtcNow())));
        connection.Insert(item, null);
        return item.Stored;
    }

    private static List<(long Entity, long Revision)> Keyless(OfflineStore store)
    {
        List<(long, long)> keyless = [];
        using var read = store.Database.Prepare("SELECT entity, max(revision), max(sealed IS NOT NULL) FROM event GROUP BY entity ORDER BY entity");
        while (read.Step())
        {
            if (read.Int64(2) != 0 && !store.Keys.Has(read.Int64(0)))
            {
                keyless.Add((read.Int64(0), read.Int64(1)));
            }
        }

        read.Reset();
        return keyless;
    }

    private static string Ledger(string ledgerId) => ledgerId[..Math.Max(0, ledgerId.IndexOf('.', StringComparison.Ordinal))];

    // With the mode of this folder's own files, whatever the backup's are.
    private static void Copy(string from, string to)
    {
        using var source = File.OpenRead(from);
        using var copy = PrivatePaths.Open(to, FileShare.None);
        source.CopyTo(copy);
        copy.Flush(flushToDisk: true);
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
