using System.Security.Cryptography;
using CreditExchange.Ledger.Sqlite;

namespace CreditExchange.Ledger.Keys;

/// <summary>
/// Development's wrapping keys: keys/wrapping.key, and while a rotation goes on wrapping-ID.old.key of the one before. A
/// rotation never leaves a moment in which a key under which something lies is in no file.
/// </summary>
internal sealed class WrappingKeyFiles(string dataFolder)
{
    private readonly string _folder = Path.Combine(dataFolder, "keys");

    private string File => Path.Combine(_folder, "wrapping.key");

    private string NextFile => Path.Combine(_folder, "wrapping.key.next");

    public byte[] Current(bool mayMake, string keyFile)
    {
        if (!System.IO.File.Exists(File))
        {
            if (!mayMake)
            {
                throw new LedgerRefusedException($"{File} is missing, but {keyFile} exists: put the key that it was wrapped under back.");
            }

            PrivatePaths.MakeFolder(_folder);
            Traps.Reach("first.before-wrapping-key");
            Write(File, RandomNumberGenerator.GetBytes(32));
            Traps.Reach("first.after-wrapping-key");
        }

        return System.IO.File.ReadAllBytes(File);
    }

    public IEnumerable<byte[]> Previous() => Directory.Exists(_folder)
        ? Directory.EnumerateFiles(_folder, "wrapping-*.old.key").Select(System.IO.File.ReadAllBytes)
        : [];

    /// <summary>Makes the next key, durable but not yet in use.</summary>
    public byte[] Prepare()
    {
        System.IO.File.Delete(NextFile);
        var key = RandomNumberGenerator.GetBytes(32);
        Write(NextFile, key);
        return key;
    }

    /// <summary>A next key that a process left behind when it died; null: none.</summary>
    public byte[]? Next() => System.IO.File.Exists(NextFile) ? System.IO.File.ReadAllBytes(NextFile) : null;

    public void DropNext() => System.IO.File.Delete(NextFile);

    /// <summary>The next key takes the current one's place, which is kept beside it.</summary>
    public void TakeNext()
    {
        var old = System.IO.File.ReadAllBytes(File);
        using (var key = new WrappingKey(old))
        {
            var kept = Path.Combine(_folder, $"wrapping-{key.Id}.old.key");
            if (!System.IO.File.Exists(kept))
            {
                Write(kept + ".new", old);
                System.IO.File.Move(kept + ".new", kept);
                Traps.Reach("wrapping.after-old-kept");
            }
        }

        System.IO.File.Move(NextFile, File, overwrite: true);
    }

    /// <summary>Nothing lies under the former keys any more.</summary>
    public void DropPrevious()
    {
        if (!Directory.Exists(_folder))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(_folder, "wrapping-*.old.key"))
        {
            System.IO.File.Delete(file);
        }
    }

    private static void Write(string file, byte[] key)
    {
        System.IO.File.Delete(file);
        using var created = PrivatePaths.Open(file, FileShare.None);
        created.Write(key);
        created.Flush(flushToDisk: true);
    }
}
