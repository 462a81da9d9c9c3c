using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using CreditExchange.AccessLog.Segments;
using CreditExchange.Ledger;
using Microsoft.Win32.SafeHandles;

namespace CreditExchange.AccessLog.Writing;

/// <summary>
/// The segment that is written: a shared mapping, so that a record is the kernel's as soon as it is copied, without a system
/// call, and survives the process. The length is stored last: a record exists whole or not at all. Not for two threads.
/// </summary>
internal sealed unsafe class MappedSegment : IDisposable
{
    private const int LongestTime = 20;
    private readonly SafeFileHandle file;
    private readonly MemoryMappedFile mapping;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private readonly long size;

    // The chain hash, then the next record's bytes: what the next chain hash is made of, in one piece.
    private byte[] next = new byte[Framing.HashBytes + 4096];

    public MappedSegment(SafeFileHandle file, string path)
    {
        this.file = file;
        Path = path;
        size = RandomAccess.GetLength(file);
        mapping = MemoryMappedFile.CreateFromFile(file, null, size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        view = mapping.CreateViewAccessor(0, size);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
    }

    /// <summary>Its file.</summary>
    public string Path { get; set; }

    /// <summary>Where the next record will stand.</summary>
    public long End { get; private set; }

    /// <summary>Bytes left.</summary>
    public long Free => size - End;

    /// <summary>The chain hash after the last record.</summary>
    public ReadOnlySpan<byte> Chain => next.AsSpan(0, Framing.HashBytes);

    /// <summary>Writes the header.</summary>
    public void Begin(string node, int number, DateTimeOffset now, ReadOnlySpan<byte> before)
    {
        SegmentHeader.Write(new Span<byte>(start, SegmentHeader.Length), node, number, now, before).CopyTo(next, 0);
        End = SegmentHeader.Length;
    }

    /// <summary>Appends a record if it fits.</summary>
    /// <param name="fields">Its fields but the time, which stands first.</param>
    /// <param name="now">The time.</param>
    /// <param name="fieldsAt">Where the fields begin.</param>
    /// <returns>Its offset, or -1.</returns>
    public long TryAppend(ReadOnlySpan<byte> fields, DateTimeOffset now, out long fieldsAt)
    {
        if (next.Length < Framing.HashBytes + LongestTime + fields.Length)
        {
            Array.Resize(ref next, Framing.HashBytes + LongestTime + fields.Length);
        }

        var time = RecordBytes.WriteTime(now, next.AsSpan(Framing.HashBytes));
        var length = time + fields.Length;
        fieldsAt = End + Framing.LengthBytes + time;
        var taken = Framing.SizeOf(length);
        if (fields.Length == 0 || length > Framing.LongestRecord)
        {
            throw new ArgumentException($"A record of {length} bytes.", nameof(fields));
        }

        if (taken > Free)
        {
            return -1;
        }

        fields.CopyTo(next.AsSpan(Framing.HashBytes + time));
        var chained = next.AsSpan(0, Framing.HashBytes + length);
        Traps.Reach("log.before-bytes");
        var offset = End;
        var place = new Span<byte>(start + offset, taken);
        var bytes = place.Slice(Framing.LengthBytes, length);
        chained[Framing.HashBytes..].CopyTo(bytes);
        Traps.Reach("log.after-bytes");
        SHA256.HashData(chained, next.AsSpan(0, Framing.HashBytes));
        Chain.CopyTo(place[(Framing.LengthBytes + length)..]);
        Traps.Reach("log.before-length");
        // Last, and in order after the rest: whoever reads a length reads a whole record.
        Volatile.Write(ref *(int*)(start + offset), length);
        Traps.Reach("log.after-length");
        End = offset + taken;
        return offset;
    }

    /// <summary>Hands what is written to the disk. Safe beside <see cref="TryAppend"/>.</summary>
    /// <exception cref="IOException">The disk doesn't take it.</exception>
    public void Sync()
    {
        // A file system that has become read-only still takes what goes through the mapping, and .NET's flush says nothing of
        // it. A write does: of the first byte, which stays what it is.
        RandomAccess.Write(file, SegmentHeader.FirstByte, 0);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Ends the segment: its file is cut to what is written, and on the disk.</summary>
    public void Seal()
    {
        Unmap();
        Traps.Reach("log.before-cut");
        RandomAccess.SetLength(file, End);
        Traps.Reach("log.after-cut");
        RandomAccess.FlushToDisk(file);
        file.Dispose();
    }

    public void Dispose()
    {
        Unmap();
        file.Dispose();
    }

    private void Unmap()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        mapping.Dispose();
    }
}
