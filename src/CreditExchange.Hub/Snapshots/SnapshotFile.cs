using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.V1;
using Microsoft.Win32.SafeHandles;

namespace CreditExchange.Hub.Snapshots;

/// <summary>
/// A snapshot's file, opened and verified: a header of 128 bytes (magic with the format's version 8, position 8, number of
/// entries 8, bytes of the groups 4, bytes of the ledger id 4, ledger id 64, digest 32), the entries by growing entity, the
/// groups. The digest is SHA-256 over entries, groups and what stands before it in the header. Any thread may read.
/// </summary>
public sealed class SnapshotFile : IDisposable
{
    internal const int HeaderSize = 128;
    internal const int DigestAt = 96;
    internal const int LongestLedgerId = 64;
    private const int Block = 1_000 * SnapshotEntry.Size;
    private readonly SafeFileHandle file;

    private SnapshotFile(SafeFileHandle file) => this.file = file;

    /// <summary>Ledger and epoch.</summary>
    public string LedgerId { get; private set; } = "";

    /// <summary>The position that it reflects.</summary>
    public long Position { get; private set; }

    /// <summary>Number of entries.</summary>
    public long Count { get; private set; }

    /// <summary>The groups that the entries name.</summary>
    public IReadOnlyList<SnapshotGroup> Groups { get; private set; } = [];

    /// <summary>The file's own digest, in hexadecimal.</summary>
    public string Digest { get; private set; } = "";

    internal static ReadOnlySpan<byte> Magic => "CXSNAP\0\u0001"u8;

    /// <summary>Opens a file and reads it through once.</summary>
    /// <exception cref="InvalidDataException">It isn't whole: of another format, cut short or altered.</exception>
    public static SnapshotFile Open(string path)
    {
        var opened = new SnapshotFile(File.OpenHandle(path, options: FileOptions.RandomAccess));
        try
        {
            opened.Verify();
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Reads entries, each of <see cref="SnapshotEntry.Size"/> bytes.</summary>
    /// <param name="from">Number of the first, from 0.</param>
    /// <param name="buffer">As many as it holds are read.</param>
    /// <returns>How many were read; 0 at the end.</returns>
    public int Read(long from, Span<byte> buffer)
    {
        var wanted = (int)Math.Min(Count - from, buffer.Length / SnapshotEntry.Size);
        ReadWhole(HeaderSize + (from * SnapshotEntry.Size), buffer[..(wanted * SnapshotEntry.Size)]);
        return wanted;
    }

    /// <summary>Number of the first entry after an entity.</summary>
    public long After(long entity)
    {
        Span<byte> bytes = stackalloc byte[SnapshotEntry.Size];
        var (low, high) = (0L, Count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            Read(middle, bytes);
            if (SnapshotEntry.Read(bytes).Entity <= entity)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Verify()
    {
        var header = new byte[HeaderSize];
        ReadWhole(0, header);
        Position = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(8));
        Count = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(16));
        var groups = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(24));
        var idLength = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(28));
        var length = RandomAccess.GetLength(file);
        if (!header.AsSpan(0, 8).SequenceEqual(Magic) || Position < 1 || Count < 0 || groups < 0 || idLength is < 0 or > LongestLedgerId
            || Count > length / SnapshotEntry.Size || length != HeaderSize + (Count * SnapshotEntry.Size) + groups)
        {
            throw new InvalidDataException("It is not a snapshot of this version, or it is cut short.");
        }

        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[Block];
        for (var at = (long)HeaderSize; at < length;)
        {
            var part = block.AsSpan(0, (int)Math.Min(block.Length, length - at));
            ReadWhole(at, part);
            digest.AppendData(part);
            at += part.Length;
        }

        digest.AppendData(header, 0, DigestAt);
        var found = digest.GetHashAndReset();
        if (!found.AsSpan().SequenceEqual(header.AsSpan(DigestAt)))
        {
            throw new InvalidDataException("Its digest is another one: it was altered or not written whole.");
        }

        Digest = Convert.ToHexStringLower(found);
        LedgerId = Encoding.UTF8.GetString(header, 32, idLength);
        var table = new byte[groups];
        ReadWhole(HeaderSize + (Count * SnapshotEntry.Size), table);
        Groups = ReadGroups(table);
    }

    private static List<SnapshotGroup> ReadGroups(byte[] table)
    {
        using var reader = new BinaryReader(new MemoryStream(table), Encoding.UTF8);
        var groups = new List<SnapshotGroup>(reader.ReadInt32());
        while (reader.BaseStream.Position < table.Length)
        {
            groups.Add(new SnapshotGroup(
                reader.ReadString(), reader.ReadString(), reader.ReadString(), (ListingState)reader.ReadInt32(), reader.ReadBoolean()));
        }

        return groups;
    }

    private void ReadWhole(long at, Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var read = RandomAccess.Read(file, buffer, at);
            if (read == 0)
            {
                throw new InvalidDataException("It is cut short.");
            }

            at += read;
            buffer = buffer[read..];
        }
    }
}
