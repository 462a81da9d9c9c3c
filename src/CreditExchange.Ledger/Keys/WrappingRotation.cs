using System.Security.Cryptography;
using System.Text;
using CreditExchange.Ledger.Sqlite;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Keys;

/// <summary>
/// Moves everything in keys.db under another wrapping key while the hub works: hub keys at once, data keys in short
/// transactions. Every row names the key that it lies under, so any moment is a good one to die at.
/// </summary>
internal sealed class WrappingRotation(LedgerOptions options, KeyStore store, TimeProvider time)
{
    // About a millisecond of work under the gate that commits of the ledger pass too.
    private const long Batch = 128;
    private const long CountPage = 5_000;
    private readonly WrappingKeyFiles _files = new(options.DataFolder);

    private bool MakesItsOwn => options is { WrappingKey: null, CreateWrappingKey: true };

    /// <summary>At the open: what is given must open everything, and a switch that was begun is carried out.</summary>
    /// <exception cref="LedgerRefusedException">A key that is needed isn't given.</exception>
    public void Resume()
    {
        lock (store.Writing)
        {
            FinishFiles();
            var lies = LiesUnder();
            var lives = store.Lives.All().Where(k => k.Purpose == KeyPurpose.Wrapping).ToList();
            if (!store.Wrapping.Knows(lies))
            {
                throw new LedgerRefusedException(
                    $"keys.db was wrapped under another wrapping key ({lies}), not under the given one ({store.Wrapping.Current.Id}). "
                    + "Give the one that it was made with; to change keys, give it as the previous one (Keys:PreviousWrappingKeyFile).");
            }

            if (lives.Count == 0)
            {
                store.Lives.Put(KeyPurpose.Wrapping, lies, KeyState.Current, time.GetUtcNow());
            }

            if (lives.Find(k => k.State == KeyState.Retiring && !store.Wrapping.Knows(k.Id)) is { } missing)
            {
                throw new LedgerRefusedException(
                    $"A rotation of the wrapping key is not over: keys.db still holds keys under {missing.Id}. Give it as the previous one "
                    + "(Keys:PreviousWrappingKeyFile) until cx keys status shows no rows left under it.");
            }

            if (store.Wrapping.Current.Id != lies)
            {
                Switch(store.Wrapping.Current.Id, null);
            }
        }
    }

    /// <summary>Whether anything may lie under another key than the current one.</summary>
    public bool IsUnderWay()
    {
        lock (store.Writing)
        {
            return store.Lives.All().Exists(k => k is { Purpose: KeyPurpose.Wrapping, State: KeyState.Retiring });
        }
    }

    /// <summary>Makes another key the current one; <see cref="Run"/> then moves the rest.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="given">The configured key and those before it; null: Development makes one.</param>
    public string Begin(RotationRequest request, IReadOnlyList<byte[]>? given)
    {
        lock (store.Writing)
        {
            if (IsUnderWay())
            {
                throw new RotationRefusedException(ErrorReason.KeyRotationRunning, "A rotation of the wrapping key is under way.");
            }

            if (given is null && !MakesItsOwn)
            {
                throw new RotationRefusedException(ErrorReason.KeyExternal, "The wrapping key is given as a variable.");
            }

            var next = given is null ? _files.Prepare() : given[0];
            Traps.Reach("wrapping.after-file");
            using var key = new WrappingKey(next);
            if (key.Id == store.Wrapping.Current.Id)
            {
                throw new RotationRefusedException(ErrorReason.KeyNotReplaced, "The wrapping key is the one in use.");
            }

            if (given is not null && !given.Skip(1).Any(IsCurrent))
            {
                throw new RotationRefusedException(
                    ErrorReason.KeyUnusable, "the key in use is not among the previous ones, so a restart now would fail");
            }

            store.Wrapping.Add(next);
            Switch(key.Id, request);
            Traps.Reach("wrapping.after-switch");
            if (given is null)
            {
                _files.TakeNext();
                Traps.Reach("wrapping.after-file-taken");
            }

            return key.Id;
        }

        bool IsCurrent(byte[] bytes)
        {
            using var key = new WrappingKey(bytes);
            return key.Id == store.Wrapping.Current.Id;
        }
    }

    /// <summary>Moves what is left, until nothing is.</summary>
    public void Run(CancellationToken cancel)
    {
        using var reader = Database.OpenReader(options.KeyFile);
        using var page = reader.Prepare("SELECT entity, wrapped FROM data_key WHERE entity>?1 ORDER BY entity LIMIT ?2");
        List<(long Entity, byte[] Old, byte[] New)> rows = new((int)Batch);
        using var update = PrepareUpdate();
        for (long after = 0; ;)
        {
            cancel.ThrowIfCancellationRequested();
            rows.Clear();
            var read = 0;
            page.Bind(1, after).Bind(2, Batch);
            while (page.Step())
            {
                read++;
                after = page.Int64(0);
                var old = page.Blob(1).ToArray();
                var renewed = store.Wrapping.Renew(old, "data"u8, after);
                if (!ReferenceEquals(old, renewed))
                {
                    rows.Add((after, old, renewed));
                }
            }

            page.Reset();
            if (read == 0)
            {
                break;
            }

            Replace(update, rows);
            Traps.Reach("wrapping.after-batch");
        }

        Traps.Reach("wrapping.after-rows");

        // What came behind the cursor was written under the current key; still, it is counted before the old one is let go.
        if (Counts(cancel).Keys.Any(id => id != store.Wrapping.Current.Id))
        {
            throw new InvalidOperationException("Rows of keys.db lie under another wrapping key after all were moved.");
        }

        lock (store.Writing)
        {
            // Fully synchronous: what the batches wrote is durable with it.
            store.Lives.Together(() =>
            {
                foreach (var old in store.Lives.All().Where(k => k is { Purpose: KeyPurpose.Wrapping, State: KeyState.Retiring }))
                {
                    store.Lives.Put(KeyPurpose.Wrapping, old.Id, KeyState.Retired, time.GetUtcNow());
                }
            });
            Traps.Reach("wrapping.after-retirement");
            if (MakesItsOwn)
            {
                _files.DropPrevious();
                Traps.Reach("wrapping.after-files-dropped");
            }
        }
    }

    /// <summary>How many stored keys lie under which wrapping key, read in short pages.</summary>
    public Dictionary<string, long> Counts(CancellationToken cancel)
    {
        Dictionary<string, long> counts = new(StringComparer.Ordinal);
        using var reader = Database.OpenReader(options.KeyFile);
        using (var hub = reader.Prepare("SELECT wrapped FROM hub_key"))
        {
            while (hub.Step())
            {
                Count(hub.Blob(0));
            }

            hub.Reset();
        }

        using var page = reader.Prepare("SELECT entity, wrapped FROM data_key WHERE entity>?1 ORDER BY entity LIMIT ?2");
        for (long after = 0, read = -1; read != 0;)
        {
            cancel.ThrowIfCancellationRequested();
            page.Bind(1, after).Bind(2, CountPage);
            for (read = 0; page.Step(); read++)
            {
                after = page.Int64(0);
                Count(page.Blob(1));
            }

            page.Reset();
        }

        return counts;

        void Count(ReadOnlySpan<byte> wrapped)
        {
            var id = WrappingKey.IdOf(wrapped);
            counts[id] = counts.GetValueOrDefault(id) + 1;
        }
    }

    private Statement PrepareUpdate()
    {
        lock (store.Writing)
        {
            return store.Writer.Prepare("UPDATE data_key SET wrapped=?1 WHERE entity=?2 AND wrapped=?3");
        }
    }

    private void Replace(Statement update, List<(long Entity, byte[] Old, byte[] New)> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        lock (store.Writing)
        {
            // Either form of a row opens, so a batch needs no fsync of its own: commits of the ledger shouldn't wait for one.
            store.Writer.Run("PRAGMA synchronous=NORMAL");
            try
            {
                store.Lives.Together(() =>
                {
                    foreach (var (entity, old, renewed) in rows)
                    {
                        update.Bind(1, renewed.AsSpan()).Bind(2, entity).Bind(3, old.AsSpan()).Execute();
                        Traps.Reach("wrapping.after-row");
                    }
                });
            }
            finally
            {
                store.Writer.Run("PRAGMA synchronous=FULL");
            }
        }

        Thread.Yield();
    }

    // One transaction: from it on the new key is needed, and the old one until nothing lies under it.
    private void Switch(string id, RotationRequest? request)
    {
        var now = time.GetUtcNow();
        var old = store.Wrapping.Current.Id == id ? LiesUnder() : store.Wrapping.Current.Id;
        var before = store.Wrapping.Current.Id;
        store.Wrapping.MakeCurrent(id);
        try
        {
            store.Lives.Together(() =>
            {
                Traps.Reach("wrapping.in-switch");
                RenewHubKeys();
                Traps.Reach("wrapping.after-hub-keys");
                store.Lives.Put(KeyPurpose.Wrapping, old, KeyState.Retiring, now);
                store.Lives.Put(KeyPurpose.Wrapping, id, KeyState.Current, now);
                if (request is not null)
                {
                    store.Lives.Start(request, KeyPurpose.Wrapping, id, now);
                }
            });
        }
        catch
        {
            store.Wrapping.MakeCurrent(before);
            throw;
        }
    }

    private void RenewHubKeys()
    {
        List<(string Name, byte[] Wrapped)> all = [];
        using var read = store.Writer.Prepare("SELECT name, wrapped FROM hub_key");
        while (read.Step())
        {
            all.Add((read.Text(0), read.Blob(1).ToArray()));
        }

        read.Reset();
        using var update = store.Writer.Prepare("UPDATE hub_key SET wrapped=?1 WHERE name=?2");
        foreach (var (name, wrapped) in all)
        {
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            var version = dot < 0 ? 1 : int.Parse(name.AsSpan(dot + 1), System.Globalization.CultureInfo.InvariantCulture);
            var purpose = Encoding.ASCII.GetBytes(dot < 0 ? name : name[..dot]);
            update.Bind(1, store.Wrapping.Renew(wrapped, purpose, version).AsSpan()).Bind(2, name).Execute();
        }
    }

    // The hub keys are moved in one transaction, so one of them tells which key is the current one of the file.
    private string LiesUnder()
    {
        using var read = store.Writer.Prepare("SELECT wrapped FROM hub_key WHERE name='request'");
        var id = read.Step() ? WrappingKey.IdOf(read.Blob(0)) : throw new LedgerRefusedException("keys.db lacks the hub key 'request'. Restore keys.db.");
        read.Reset();
        return id;
    }

    // Development: a process died between the switch and the files. What keys.db lies under decides.
    private void FinishFiles()
    {
        if (!MakesItsOwn || _files.Next() is not { } next)
        {
            return;
        }

        var id = store.Wrapping.Add(next);
        if (LiesUnder() == id)
        {
            _files.TakeNext();
            store.Wrapping.MakeCurrent(id);
        }
        else
        {
            _files.DropNext();
        }

        CryptographicOperations.ZeroMemory(next);
    }
}
