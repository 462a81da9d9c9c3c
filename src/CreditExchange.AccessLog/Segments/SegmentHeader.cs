using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CreditExchange.AccessLog.Segments;

/// <summary>The first 128 bytes of a segment: what it is and where the chain stood before it. docs/access-log.md has the layout.</summary>
/// <param name="Node">The node that writes it.</param>
/// <param name="Number">From 1.</param>
/// <param name="OpenedAt">When it was begun.</param>
/// <param name="Before">Chain hash of the last record of the segment before it; zeros for the first.</param>
/// <param name="Chain">SHA-256 of the first 96 bytes: where this segment's chain starts.</param>
internal sealed record SegmentHeader(string Node, int Number, DateTimeOffset OpenedAt, byte[] Before, byte[] Chain)
{
    public const int Length = 128;
    private const int Hashed = 96;

    /// <summary>What every segment begins with.</summary>
    public static ReadOnlySpan<byte> FirstByte => Magic[..1];

    private static ReadOnlySpan<byte> Magic => "CXALOG1\n"u8;

    /// <summary>Writes a header.</summary>
    /// <returns>The hash that the chain goes on from.</returns>
    public static byte[] Write(Span<byte> header, string node, int number, DateTimeOffset openedAt, ReadOnlySpan<byte> before)
    {
        header[..Length].Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], number);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], openedAt.ToUnixTimeMilliseconds());
        before.CopyTo(header[24..56]);
        header[56] = (byte)Encoding.ASCII.GetBytes(node, header[57..88]);
        SHA256.HashData(header[..Hashed], header[Hashed..]);
        return header[Hashed..Length].ToArray();
    }

    /// <summary>Reads a header; null where the bytes are none, or don't fit their hash.</summary>
    public static SegmentHeader? TryRead(ReadOnlySpan<byte> header)
    {
        if (header.Length < Length || !header.StartsWith(Magic) || BinaryPrimitives.ReadInt32LittleEndian(header[8..]) != Length
            || header[56] > RecordPlace.LongestNode || !SHA256.HashData(header[..Hashed]).AsSpan().SequenceEqual(header[Hashed..Length]))
        {
            return null;
        }

        return new SegmentHeader(
            Encoding.ASCII.GetString(header.Slice(57, header[56])),
            BinaryPrimitives.ReadInt32LittleEndian(header[12..]),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(header[16..])),
            header[24..56].ToArray(),
            header[Hashed..Length].ToArray());
    }
}
