using System.Globalization;
using CreditExchange.Ledger.Sqlite;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Ledger.Backup;

/// <summary>
/// Copies a ledger while it is written: its events a page at a time, in order, each page in a read of its own, so that nothing
/// holds the log back. What is derived isn't copied; a restore makes it again. The last pages and the keys are copied while
/// nothing is erased: then the keys are those of the events.
/// </summary>
internal sealed class LedgerBackup(LedgerOptions options, ReaderPool readers, BackupTarget target, Func<long> head, Action<long, long>? progress)
{
    private const int Page = 2000;
    private readonly byte[] _chain = new byte[32];
    private readonly List<long> _erased = [];
    private long _position;
    private string _ledgerId = "";

    /// <exception cref="LedgerRefusedException">An event isn't what was committed.</exception>
    public async Task<BackupResult> RunAsync(SemaphoreSlim erasing, CancellationToken cancel)
    {
        var made = target.Time.GetUtcNow();
        var name = target.Name.Length > 0
            ? target.Name
            : made.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture) + "-" + head().ToString(CultureInfo.InvariantCulture);
        var folder = Stage(target.Folder, name);
        var keys = "";
        try
        {
            Traps.Reach("backup.after-first-folder");
            keys = Stage(target.KeysFolder, name);
            var file = Path.Combine(folder, Path.GetFileName(options.LedgerFile));
            DatabaseFile.Prepare(file);
            using (var copy = Database.OpenWriter(file, 16, 4000))
            {
                await CopyAsync(copy, Path.Combine(keys, Path.GetFileName(options.KeyFile)), erasing, cancel);
                // One file, which needs no log beside it.
                copy.Run("PRAGMA journal_mode=DELETE");
            }

            Traps.Reach("backup.after-copy");
            var ledger = Finish(folder, target.Folder, name, made);
            Traps.Reach("backup.after-ledger");
            return new BackupResult(ledger, Finish(keys, target.KeysFolder, name, made), RemoveOldKeys(made));
        }
        catch (Exception failure)
        {
            Remove(folder);
            Remove(keys);
            if (failure is StoreException)
            {
                throw new IOException($"The backup could not be written: {failure.Message}", failure);
            }

            throw;
        }
    }

    private async Task CopyAsync(Database copy, string keyFile, SemaphoreSlim erasing, CancellationToken cancel)
    {
        copy.Run("BEGIN");
        foreach (var sql in Schema.Create)
        {
            copy.Run(sql);
        }

        copy.Run($"PRAGMA user_version={Schema.Version}");
        copy.Run("COMMIT");
        Traps.Reach("backup.after-tables");
        var rows = new CopiedRows(copy);
        for (var end = head(); _position < end;)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(_position, end);
            CopyPage(copy, rows, end);
        }

        await erasing.WaitAsync(cancel);
        try
        {
            // Up to what is committed now; the keys of all that are durable already.
            for (var end = head(); _position < end;)
            {
                CopyPage(copy, rows, end);
            }

            Traps.Reach("backup.before-keys");
            CopyKeys(keyFile);
            Traps.Reach("backup.after-keys");
        }
        finally
        {
            erasing.Release();
        }

        // Erased after its first events were copied.
        copy.Run("BEGIN");
        foreach (var entity in _erased)
        {
            rows.Erase(entity);
        }

        copy.Run("COMMIT");
    }

    private void CopyPage(Database copy, CopiedRows rows, long end)
    {
        var events = readers.Use((_position, end), static (reader, range) =>
        {
            List<StoredEvent> read = new(Page);
            reader.Range(range._position + 1, Math.Min(range._position + Page, range.end), read);
            return read;
        });
        copy.Run("BEGIN");
        foreach (var stored in events)
        {
            if (Verification.LinkFault(_chain, _position, stored) is { } fault)
            {
                throw new LedgerRefusedException($"The ledger is damaged at position {_position + 1}: {fault}");
            }

            rows.Insert(stored);
            Note(stored, rows);
            _position = stored.Position;
            stored.Chain.CopyTo(_chain);
        }

        Traps.Reach("backup.before-page-commit");
        copy.Run("COMMIT");
        if (events.Count == 0)
        {
            throw new LedgerRefusedException($"The ledger is damaged at position {_position + 1}: it is missing.");
        }
    }

    private void Note(StoredEvent stored, CopiedRows rows)
    {
        switch (stored.Kind)
        {
            case EventKind.EpochOpened:
                _ledgerId = EventSealer.OpenPart(stored).Epoch.LedgerId;
                rows.Epoch(stored.Position, _ledgerId);
                break;
            case EventKind.CatalogueActivated:
                var digest = EventSealer.OpenPart(stored).Catalogue.Digest;
                if (readers.Use(digest, static (reader, wanted) => reader.Catalogue(wanted)) is { } bytes)
                {
                    rows.Catalogue(digest, bytes);
                }

                break;
            case EventKind.Erased:
                _erased.Add(stored.Entity);
                break;
        }
    }

    // One consistent read: a rotation of the wrapping key may run. Keys are narrow, so it takes about a second for millions.
    private void CopyKeys(string file)
    {
        DatabaseFile.Prepare(file);
        using var keys = Database.OpenReader(options.KeyFile);
        keys.Run("PRAGMA query_only=OFF");
        keys.Run($"VACUUM INTO '{file.Replace("'", "''", StringComparison.Ordinal)}'");
    }

    private static string Stage(string root, string name)
    {
        if (Directory.Exists(Path.Combine(root, name)))
        {
            throw new IOException($"A backup '{name}' exists already.");
        }

        var folder = Path.Combine(root, name + ".partial");
        Remove(folder);
        PrivatePaths.MakeFolder(folder);
        return folder;
    }

    private BackupManifest Finish(string staged, string root, string name, DateTimeOffset made)
    {
        var manifest = new BackupManifest
        {
            LedgerId = _ledgerId,
            Position = _position,
            Chain = ByteString.CopyFrom(_chain),
            Name = name,
            MadeAt = made.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        foreach (var file in Directory.GetFiles(staged).Order(StringComparer.Ordinal))
        {
            manifest.Files.Add(Manifests.Describe(file));
        }

        Manifests.Write(staged, manifest);
        Traps.Reach("backup.after-manifest");
        Directory.Move(staged, Path.Combine(root, name));
        return manifest;
    }

    private int RemoveOldKeys(DateTimeOffset now)
    {
        var removed = 0;
        foreach (var folder in Directory.GetDirectories(target.KeysFolder))
        {
            if (Manifests.Read(folder) is { } old
                && DateTimeOffset.TryParse(old.MadeAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                && now - at > target.KeysKept)
            {
                Remove(folder);
                removed++;
            }
        }

        return removed;
    }

    private static void Remove(string folder)
    {
        if (folder.Length > 0 && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
