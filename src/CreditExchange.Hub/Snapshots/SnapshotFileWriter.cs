using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.Ledger;

namespace CreditExchange.Hub.Snapshots;

/// <summary>
/// Writes a snapshot's file under another name and gives it its own when it is whole: whoever finds a snapshot finds all of it.
/// Not flushed to the disk: after a loss of power the digest tells, and the hub cuts another one.
/// </summary>
internal sealed class SnapshotFileWriter : IDisposable
{
    private readonly string temporary;
    private readonly FileStream file;
    private readonly IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<SnapshotGroup, int> groups = [];

    // Entries are hashed and written many at a time.
    private readonly byte[] entries = new byte[1_000 * SnapshotEntry.Size];
    private int filled;
    private long count;

    public SnapshotFileWriter(string temporary)
    {
        this.temporary = temporary;
        file = PrivatePaths.Open(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 17);
        file.Write(new byte[SnapshotFile.HeaderSize]);
    }

    /// <summary>The number of a group in this file.</summary>
    public int GroupOf(SnapshotGroup group)
    {
        if (!groups.TryGetValue(group, out var number))
        {
            groups.Add(group, number = groups.Count);
        }

        return number;
    }

    /// <summary>Adds an entry; entities grow.</summary>
    public void Add(SnapshotEntry added, ReadOnlySpan<byte> commitment)
    {
        if (filled == entries.Length)
        {
            Flush();
        }

        added.Write(entries.AsSpan(filled, SnapshotEntry.Size), commitment);
        filled += SnapshotEntry.Size;
        count++;
    }

    /// <summary>Finishes the file and gives it its name.</summary>
    public void Complete(string path, string ledgerId, long position)
    {
        Flush();
        var table = GroupTable();
        digest.AppendData(table);
        file.Write(table);
        var header = new byte[SnapshotFile.HeaderSize];
        SnapshotFile.Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), position);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), count);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(24), table.Length);
        var id = Encoding.UTF8.GetBytes(ledgerId);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(28), id.Length);
        id.CopyTo(header.AsSpan(32, SnapshotFile.LongestLedgerId));
        digest.AppendData(header, 0, SnapshotFile.DigestAt);
        digest.GetHashAndReset().CopyTo(header, SnapshotFile.DigestAt);
        file.Position = 0;
        file.Write(header);
        file.Dispose();
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Removes what was not completed.</summary>
    public void Dispose()
    {
        digest.Dispose();
        try
        {
            file.Dispose();
        }
        catch (IOException)
        {
            // What was buffered has no room either; the file goes anyway.
            File.Delete(temporary);
        }

        File.Delete(temporary);
    }

    private void Flush()
    {
        digest.AppendData(entries, 0, filled);
        file.Write(entries, 0, filled);
        filled = 0;
    }

    private byte[] GroupTable()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(groups.Count);
        foreach (var (group, _) in groups.OrderBy(g => g.Value))
        {
            writer.Write(group.ListCode);
            writer.Write(group.Region);
            writer.Write(group.Agency);
            writer.Write((int)group.State);
            writer.Write(group.IsOrganisation);
        }

        writer.Flush();
        return bytes.ToArray();
    }
}
