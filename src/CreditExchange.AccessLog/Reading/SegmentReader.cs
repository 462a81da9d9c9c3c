using System.Buffers.Binary;
using System.Security.Cryptography;
using CreditExchange.AccessLog.Segments;
using Microsoft.Win32.SafeHandles;

namespace CreditExchange.AccessLog.Reading;

/// <summary>
/// Reads a segment's records in order and checks each by the chain. Reads the file, never a mapping: a segment is cut to
/// size when it is full.
/// </summary>
internal sealed class SegmentReader : IDisposable
{
    /// <summary>How much is read at a time by who reads all.</summary>
    public const int BufferBytes = 1 << 20;

    private readonly SafeFileHandle file;
    private readonly byte[] chain = new byte[Framing.HashBytes];
    private byte[] buffer;
    private byte[] chained = new byte[Framing.HashBytes + 4096];
    private long bufferAt;
    private int buffered;

    public SegmentReader(string path, int bufferBytes = BufferBytes)
    {
        buffer = new byte[bufferBytes];
        file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Header = SegmentHeader.TryRead(Take(0, SegmentHeader.Length));
        if (Header is null)
        {
            IsDamaged = true;
            return;
        }

        Header.Chain.CopyTo(chain, 0);
        Offset = SegmentHeader.Length;
    }

    /// <summary>Null where it is damaged.</summary>
    public SegmentHeader? Header { get; }

    /// <summary>Where the next record stands, or where the records end.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether what stands at <see cref="Offset"/> is neither a record nor the end.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>The chain hash before <see cref="Offset"/>.</summary>
    public ReadOnlySpan<byte> Chain => chain;

    /// <summary>Bytes read from the file so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Goes to where a record begins.</summary>
    /// <param name="offset">Its offset.</param>
    /// <param name="before">The chain hash before it.</param>
    public void Start(long offset, ReadOnlySpan<byte> before)
    {
        Offset = offset;
        before.CopyTo(chain);
        IsDamaged = Header is null;
        // What was read of the file may have grown since.
        buffered = 0;
    }

    /// <summary>The next record's bytes and the chain hash after it, unproved; both good until the next call.</summary>
    public bool TryPass(out ReadOnlySpan<byte> record, out ReadOnlySpan<byte> after, out long offset) =>
        TryTake(isProved: false, out record, out after, out offset);

    /// <summary>The next record's bytes, good until the next call.</summary>
    public bool TryRead(out ReadOnlySpan<byte> record, out long offset) => TryTake(isProved: true, out record, out _, out offset);

    public void Dispose() => file.Dispose();

    private bool TryTake(bool isProved, out ReadOnlySpan<byte> record, out ReadOnlySpan<byte> after, out long offset)
    {
        record = default;
        after = default;
        offset = Offset;
        if (IsDamaged)
        {
            return false;
        }

        var head = Take(Offset, Framing.LengthBytes);
        var length = head.Length < Framing.LengthBytes ? 0 : BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length == 0)
        {
            return false;
        }

        var whole = length is < 0 or > Framing.LongestRecord
            ? default
            : Take(Offset + Framing.LengthBytes, length + Framing.HashBytes);
        if (whole.Length == 0 || whole.Length < length + Framing.HashBytes || (isProved && !Continues(whole[..length], whole[length..])))
        {
            IsDamaged = true;
            return false;
        }

        after = whole[length..];
        after.CopyTo(chain);
        Offset += Framing.SizeOf(length);
        record = whole[..length];
        return true;
    }

    private bool Continues(ReadOnlySpan<byte> record, ReadOnlySpan<byte> hash)
    {
        if (chained.Length < Framing.HashBytes + record.Length)
        {
            chained = new byte[Framing.HashBytes + record.Length];
        }

        chain.CopyTo(chained, 0);
        record.CopyTo(chained.AsSpan(Framing.HashBytes));
        Span<byte> computed = stackalloc byte[Framing.HashBytes];
        SHA256.HashData(chained.AsSpan(0, Framing.HashBytes + record.Length), computed);
        return computed.SequenceEqual(hash);
    }

    // Bytes at a place of the file; fewer at its end.
    private ReadOnlySpan<byte> Take(long at, int count)
    {
        if (at < bufferAt || at + count > bufferAt + buffered)
        {
            if (buffer.Length < count)
            {
                buffer = new byte[count];
            }

            bufferAt = at;
            buffered = 0;
            while (buffered < buffer.Length && RandomAccess.Read(file, buffer.AsSpan(buffered), at + buffered) is var read and > 0)
            {
                buffered += read;
                BytesRead += read;
            }
        }

        var start = (int)(at - bufferAt);
        return buffer.AsSpan(start, Math.Max(0, Math.Min(count, buffered - start)));
    }
}
