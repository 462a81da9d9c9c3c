using System.Globalization;
using CreditExchange.Ledger;

namespace CreditExchange.Hub.Snapshots;

/// <summary>
/// The folder of snapshots: which there are, who reads them, and which may go. Kept are the newest two, those being read, and
/// for a while those that somebody read, so that a broken read can be taken up. Any thread may call.
/// </summary>
public sealed class SnapshotFolder(string folder, TimeProvider time)
{
    /// <summary>How many are always kept.</summary>
    public const int Kept = 2;

    /// <summary>How many there may be beside those being read.</summary>
    public const int Most = 8;

    /// <summary>How long one stays after it was last read.</summary>
    public static readonly TimeSpan KeptAfterReading = TimeSpan.FromMinutes(10);

    private const string Suffix = ".snapshot";
    private readonly Lock gate = new();
    private readonly SortedDictionary<long, Item> items = [];

    /// <summary>The newest snapshot's position and count and when it came; null: there is none.</summary>
    public (long Position, long Count, TimeSpan Age)? Newest
    {
        get
        {
            lock (gate)
            {
                return items.Count == 0 ? null : (items.Last().Key, items.Last().Value.File.Count, time.GetElapsedTime(items.Last().Value.Came));
            }
        }
    }

    /// <summary>The file into which the next one is written.</summary>
    internal string Temporary => Path.Combine(folder, "next.tmp");

    /// <summary>Makes the folder or reads what is there; what is broken or of another ledger goes.</summary>
    /// <param name="ledgerId">Ledger and epoch whose snapshots count.</param>
    /// <param name="head">Its head: what lies above is another history's.</param>
    /// <param name="broken">Is told of each broken one.</param>
    public void Open(string ledgerId, long head, Action<string, string> broken)
    {
        PrivatePaths.MakeFolder(folder);
        File.Delete(Temporary);
        foreach (var path in Directory.GetFiles(folder, "*" + Suffix))
        {
            try
            {
                var file = SnapshotFile.Open(path);
                if (file.LedgerId == ledgerId && file.Position <= head && path == PathOf(file.Position))
                {
                    // Whose reader the restart cut off isn't known any more: as if all had been read just now.
                    Add(file, wasRead: true);
                    continue;
                }

                file.Dispose();
            }
            catch (InvalidDataException error)
            {
                broken(Path.GetFileName(path), error.Message);
            }

            File.Delete(path);
        }

        Tidy();
    }

    /// <summary>Holds a snapshot open for reading; null: there is none at that position.</summary>
    public SnapshotLease? Take(long position)
    {
        lock (gate)
        {
            if (!items.TryGetValue(position, out var item))
            {
                return null;
            }

            item.Readers++;
            return new SnapshotLease(item.File, () => GiveBack(item));
        }
    }

    /// <summary>Takes in a file that was just completed, and lets go what is too old.</summary>
    internal void Added(long position)
    {
        var file = SnapshotFile.Open(PathOf(position));
        Add(file);
        Tidy();
    }

    internal string PathOf(long position) => Path.Combine(folder, position.ToString("D19", CultureInfo.InvariantCulture) + Suffix);

    /// <summary>Deletes what nobody needs any more.</summary>
    internal void Tidy()
    {
        lock (gate)
        {
            var free = new List<long>();
            var left = items.Count;
            foreach (var (position, item) in items.Take(items.Count - Kept))
            {
                if (item.Readers == 0 && (left > Most || !item.WasRead || time.GetElapsedTime(item.Since) > KeptAfterReading))
                {
                    free.Add(position);
                    left--;
                }
            }

            foreach (var position in free)
            {
                items.Remove(position, out var item);
                item!.File.Dispose();
                File.Delete(PathOf(position));
            }
        }
    }

    /// <summary>Closes the files; they stay.</summary>
    internal void Close()
    {
        lock (gate)
        {
            foreach (var item in items.Values)
            {
                item.File.Dispose();
            }

            items.Clear();
        }
    }

    private void Add(SnapshotFile file, bool wasRead = false)
    {
        lock (gate)
        {
            if (items.ContainsKey(file.Position))
            {
                file.Dispose();
                return;
            }

            var now = time.GetTimestamp();
            items.Add(file.Position, new Item(file) { Came = now, Since = now, WasRead = wasRead });
        }
    }

    private void GiveBack(Item item)
    {
        lock (gate)
        {
            item.Readers--;
            item.WasRead = true;
            item.Since = time.GetTimestamp();
        }
    }

    private sealed class Item(SnapshotFile file)
    {
        public SnapshotFile File => file;

        public int Readers { get; set; }

        public bool WasRead { get; set; }

        public long Came { get; init; }

        // When it came, or was last given back.
        public long Since { get; set; }
    }
}

/// <summary>A snapshot that stays while it is held.</summary>
public sealed class SnapshotLease(SnapshotFile file, Action giveBack) : IDisposable
{
    /// <summary>The snapshot.</summary>
    public SnapshotFile File => file;

    /// <inheritdoc/>
    public void Dispose() => giveBack();
}
