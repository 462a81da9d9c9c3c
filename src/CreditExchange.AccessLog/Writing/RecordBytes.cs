using System.Text;
using CreditExchange.V1;

namespace CreditExchange.AccessLog.Writing;

/// <summary>
/// Makes an <see cref="AccessRecord"/>'s stored bytes without the message: for checks and imported items, of which there are
/// many. Fields are given in the order of their numbers; what is empty or zero is left out, as Protobuf has it. The time is
/// the writer's to set. The buffer is the thread's: one at a time, and never over an await.
/// </summary>
public ref struct RecordBytes
{
    // A varint of 64 bits has at most ten bytes; so has a field's tag with the length of what follows, and more.
    private const int LongestVarint = 10;
    private const int LargestKept = 1 << 16;
    private const int Varint = 0;
    private const int Delimited = 2;

    [ThreadStatic]
    private static byte[]? kept;

    private byte[] buffer;
    private int length;

    private RecordBytes(byte[] buffer) => this.buffer = buffer;

    /// <summary>What was put in.</summary>
    public readonly ReadOnlySpan<byte> Written => buffer.AsSpan(0, length);

    /// <summary>An empty record in the thread's buffer: what was made before on the same thread is gone.</summary>
    public static RecordBytes Begin() => new(kept ??= new byte[1_024]);

    /// <summary>A text.</summary>
    /// <param name="field">Number of the field.</param>
    /// <param name="text">Its value.</param>
    public void Put(int field, string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        // What is short is written behind a length of one byte; then the length is known.
        Reserve(LongestVarint + 1 + (3 * text.Length));
        Tag(field, Delimited);
        var at = length;
        var bytes = text.Length < 0x80 / 3 ? Encoding.UTF8.GetBytes(text, buffer.AsSpan(at + 1)) : -1;
        if (bytes >= 0)
        {
            buffer[at] = (byte)bytes;
            length = at + 1 + bytes;
            return;
        }

        Number((ulong)Encoding.UTF8.GetByteCount(text));
        length += Encoding.UTF8.GetBytes(text, buffer.AsSpan(length));
    }

    /// <summary>Bytes.</summary>
    /// <param name="field">Number of the field.</param>
    /// <param name="bytes">Its value.</param>
    public void Put(int field, scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
        {
            return;
        }

        Reserve((2 * LongestVarint) + bytes.Length);
        Tag(field, Delimited);
        Number((ulong)bytes.Length);
        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
    }

    /// <summary>A number, an enum's value, or a truth as 1.</summary>
    /// <param name="field">Number of the field.</param>
    /// <param name="value">Its value.</param>
    public void Put(int field, long value)
    {
        if (value == 0)
        {
            return;
        }

        Reserve(2 * LongestVarint);
        Tag(field, Varint);
        Number((ulong)value);
    }

    /// <summary>How many bytes were put in.</summary>
    public readonly int Length => length;

    /// <summary>Begins a message within: what is put in until <see cref="EndMessage"/> are its fields.</summary>
    /// <param name="field">Number of the field.</param>
    /// <returns>Where its fields begin.</returns>
    public int BeginMessage(int field)
    {
        Reserve(2 * LongestVarint);
        Tag(field, Delimited);
        // Most are short: a length of one byte.
        return ++length;
    }

    /// <summary>Ends it.</summary>
    /// <param name="start">What <see cref="BeginMessage"/> gave.</param>
    public void EndMessage(int start)
    {
        var size = length - start;
        if (size < 0x80)
        {
            buffer[start - 1] = (byte)size;
            return;
        }

        Reserve(LongestVarint);
        Span<byte> prefix = stackalloc byte[LongestVarint];
        var more = WriteVarint(prefix, (ulong)size) - 1;
        buffer.AsSpan(start, size).CopyTo(buffer.AsSpan(start + more));
        prefix[..(more + 1)].CopyTo(buffer.AsSpan(start - 1));
        length += more;
    }

    /// <summary>The time, which stands first in each record: at most 20 bytes.</summary>
    /// <param name="now">The time.</param>
    /// <param name="field">Takes the whole field.</param>
    /// <returns>Its bytes.</returns>
    internal static int WriteTime(DateTimeOffset now, Span<byte> field)
    {
        var ticks = now.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        var seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out var rest);
        if (rest < 0)
        {
            (seconds, rest) = (seconds - 1, rest + TimeSpan.TicksPerSecond);
        }

        var at = 2;
        if (seconds != 0)
        {
            field[at++] = 1 << 3;
            at += WriteVarint(field[at..], (ulong)seconds);
        }

        if (rest != 0)
        {
            field[at++] = 2 << 3;
            at += WriteVarint(field[at..], (ulong)(rest * 100));
        }

        field[0] = (AccessRecord.TimeFieldNumber << 3) | Delimited;
        field[1] = (byte)(at - 2);
        return at;
    }

    private static int WriteVarint(Span<byte> to, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
        {
            to[at++] = (byte)(value | 0x80);
        }

        to[at++] = (byte)value;
        return at;
    }

    private void Tag(int field, int type) => Number((ulong)((field << 3) | type));

    private void Number(ulong value) => length += WriteVarint(buffer.AsSpan(length), value);

    private void Reserve(int more)
    {
        if (buffer.Length - length < more)
        {
            Array.Resize(ref buffer, Math.Max(2 * buffer.Length, length + more));
            kept = buffer.Length <= LargestKept ? buffer : kept;
        }
    }
}
