using System.Buffers.Binary;
using System.Security.Cryptography;
using CreditExchange.AccessLog.Segments;

namespace CreditExchange.AccessLog.Reading;

/// <summary>
/// Where in a segment to begin: for each stretch of some 64 KiB its first record's offset, the chain hash before it, the
/// least and the greatest time in it, and a filter of its request ids. Made from the segment, grows with it, and proves
/// nothing: what is read by it is checked by the chain as ever. A finished segment's index is kept in a file.
/// </summary>
internal sealed class SegmentIndex
{
    /// <summary>A stretch ends with the first record at or behind so many bytes.</summary>
    public const int Stretch = 64 << 10;

    /// <summary>The filter of a stretch. Of 400 ids in it, one in three thousand that isn't there seems to be.</summary>
    private const int FilterBytes = 1 << 10;
    private const int FilterBits = FilterBytes * 8;
    private const int Probes = 6;

    // 8 magic, 8 count, 8 end, 8 least, 8 greatest, 32 chain at the segment's beginning, 32 hash of the body, 32 hash of all before.
    private const int HeaderBytes = 136;
    private const int Hashed = 104;
    private const int EntryBytes = 56;

    private readonly List<Entry> entries = [];
    private readonly List<byte[]> filters = [];
    private byte[] chain;

    public SegmentIndex(SegmentHeader header)
    {
        Begin = header.Chain;
        chain = header.Chain;
        End = SegmentHeader.Length;
    }

    /// <summary>The chain hash at the segment's beginning: which segment this is.</summary>
    public byte[] Begin { get; }

    /// <summary>Up to where the segment is in here.</summary>
    public long End { get; private set; }

    /// <summary>Whether something behind <see cref="End"/> is no record: nothing can be told of what follows.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Stretches.</summary>
    public int Count => entries.Count;

    private static ReadOnlySpan<byte> Magic => "CXAIDX1\n"u8;

    /// <summary>Takes in what was appended since.</summary>
    public void Extend(SegmentReader segment)
    {
        segment.Start(End, chain);
        Span<byte> hash = stackalloc byte[Framing.HashBytes];
        chain.CopyTo(hash);
        while (!IsDamaged && segment.TryPass(out var record, out var after, out var offset))
        {
            if (!RecordFields.TryRead(record, out var time, out var requestId, out var callerRequestId))
            {
                IsDamaged = true;
                break;
            }

            if (entries.Count == 0 || offset - entries[^1].Offset >= Stretch)
            {
                entries.Add(new Entry(offset, hash.ToArray(), time, time));
                filters.Add(new byte[FilterBytes]);
            }

            var last = entries[^1];
            entries[^1] = last with { Least = Math.Min(last.Least, time), Greatest = Math.Max(last.Greatest, time) };
            Put(filters[^1], requestId);
            Put(filters[^1], callerRequestId);
            after.CopyTo(hash);
            End = segment.Offset;
        }

        IsDamaged |= segment.IsDamaged;
        chain = hash.ToArray();
    }

    /// <summary>Where a stretch begins, and the chain hash there.</summary>
    public (long Offset, byte[] Chain) Start(int stretch) => (entries[stretch].Offset, entries[stretch].Chain);

    /// <summary>Where a stretch ends.</summary>
    public long EndOf(int stretch) => stretch + 1 < entries.Count ? entries[stretch + 1].Offset : End;

    /// <summary>The stretch that an offset lies in; -1: none.</summary>
    public int Find(long offset)
    {
        var (low, high) = (0, entries.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            (low, high) = entries[middle].Offset <= offset ? (middle + 1, high) : (low, middle - 1);
        }

        return high;
    }

    /// <summary>Whether a stretch may hold what is wanted.</summary>
    public bool MayHold(int stretch, in AccessLogWish wish) =>
        entries[stretch].Greatest >= wish.From && entries[stretch].Least < wish.Until
        && (!wish.HasIds || Holds(filters[stretch], wish.RequestId) || Holds(filters[stretch], wish.CallerRequestId));

    /// <summary>The index as a file's bytes.</summary>
    public byte[] Write()
    {
        var file = new byte[HeaderBytes + (entries.Count * (EntryBytes + FilterBytes))];
        var body = file.AsSpan(HeaderBytes);
        var (least, greatest) = (long.MaxValue, long.MinValue);
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            var to = body.Slice(i * EntryBytes, EntryBytes);
            BinaryPrimitives.WriteInt64LittleEndian(to, entry.Offset);
            BinaryPrimitives.WriteInt64LittleEndian(to[8..], entry.Least);
            BinaryPrimitives.WriteInt64LittleEndian(to[16..], entry.Greatest);
            entry.Chain.CopyTo(to[24..]);
            filters[i].CopyTo(body.Slice((entries.Count * EntryBytes) + (i * FilterBytes), FilterBytes));
            (least, greatest) = (Math.Min(least, entry.Least), Math.Max(greatest, entry.Greatest));
        }

        Magic.CopyTo(file);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(8), entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(16), End);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(24), least);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(32), greatest);
        Begin.CopyTo(file.AsSpan(40));
        SHA256.HashData(body, file.AsSpan(72));
        SHA256.HashData(file.AsSpan(0, Hashed), file.AsSpan(Hashed));
        return file;
    }

    /// <summary>Whether a kept index, by its first bytes alone, is this segment's and holds nothing of a time.</summary>
    public static bool SaysNothingOf(ReadOnlySpan<byte> head, SegmentHeader segment, in AccessLogWish wish) =>
        IsWhole(head, segment)
        && (BinaryPrimitives.ReadInt64LittleEndian(head[32..]) < wish.From || BinaryPrimitives.ReadInt64LittleEndian(head[24..]) >= wish.Until);

    /// <summary>How much of a kept index <see cref="SaysNothingOf"/> wants.</summary>
    public static int HeadBytes => HeaderBytes;

    /// <summary>Reads a kept index; null where it isn't whole or is another segment's.</summary>
    public static SegmentIndex? TryRead(ReadOnlySpan<byte> file, SegmentHeader segment)
    {
        if (!IsWhole(file, segment) || BinaryPrimitives.ReadInt64LittleEndian(file[8..]) is var count
            && (count < 0 || file.Length != HeaderBytes + (count * (EntryBytes + FilterBytes)))
            || !SHA256.HashData(file[HeaderBytes..]).AsSpan().SequenceEqual(file[72..Hashed]))
        {
            return null;
        }

        var index = new SegmentIndex(segment) { End = BinaryPrimitives.ReadInt64LittleEndian(file[16..]) };
        var body = file[HeaderBytes..];
        for (var i = 0; i < (int)count; i++)
        {
            var from = body.Slice(i * EntryBytes, EntryBytes);
            index.entries.Add(new Entry(
                BinaryPrimitives.ReadInt64LittleEndian(from), from[24..].ToArray(),
                BinaryPrimitives.ReadInt64LittleEndian(from[8..]), BinaryPrimitives.ReadInt64LittleEndian(from[16..])));
            index.filters.Add(body.Slice(((int)count * EntryBytes) + (i * FilterBytes), FilterBytes).ToArray());
        }

        return index;
    }

    private static bool IsWhole(ReadOnlySpan<byte> head, SegmentHeader segment) =>
        head.Length >= HeaderBytes && head.StartsWith(Magic) && head[40..72].SequenceEqual(segment.Chain)
        && SHA256.HashData(head[..Hashed]).AsSpan().SequenceEqual(head[Hashed..HeaderBytes]);

    private static void Put(byte[] filter, ulong hash)
    {
        for (var probe = 0; hash != 0 && probe < Probes; probe++)
        {
            var bit = BitOf(hash, probe);
            filter[bit >> 3] |= (byte)(1 << (bit & 7));
        }
    }

    private static bool Holds(byte[] filter, ulong hash)
    {
        for (var probe = 0; probe < Probes; probe++)
        {
            var bit = BitOf(hash, probe);
            if (hash == 0 || (filter[bit >> 3] & (1 << (bit & 7))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private static int BitOf(ulong hash, int probe) =>
        (int)(((uint)hash + ((uint)probe * ((uint)(hash >> 32) | 1))) % FilterBits);

    private sealed record Entry(long Offset, byte[] Chain, long Least, long Greatest);
}
