using System.Runtime.InteropServices;
using System.Text;

namespace CreditExchange.Lookup.Images;

/// <summary>Numbers, texts and arrays of structs as they lie in memory, little-endian as all machines here.</summary>
internal sealed class ImageWriter(Stream stream)
{
    public void Number(long value) => stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value)));

    public void Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Number(bytes.Length);
        stream.Write(bytes);
    }

    public void Raw<T>(ReadOnlySpan<T> items)
        where T : unmanaged => stream.Write(MemoryMarshal.AsBytes(items));
}

/// <summary>Reads what <see cref="ImageWriter"/> wrote.</summary>
internal sealed class ImageReader(Stream stream)
{
    private const int LongestText = 1_024;

    // Asked once: a stream of a file asks the kernel each time.
    private readonly long length = stream.Length;

    public long Number()
    {
        var value = 0L;
        stream.ReadExactly(MemoryMarshal.AsBytes(new Span<long>(ref value)));
        return value;
    }

    /// <summary>A number that counts something in the file.</summary>
    /// <exception cref="InvalidDataException">It is negative or more than the most.</exception>
    public int Count(long most)
    {
        var value = Number();
        return value >= 0 && value <= Math.Min(most, length) ? (int)value : throw Broken();
    }

    public string Text()
    {
        Span<byte> bytes = stackalloc byte[LongestText];
        bytes = bytes[..Count(LongestText)];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    public void Raw<T>(Span<T> items)
        where T : unmanaged => stream.ReadExactly(MemoryMarshal.AsBytes(items));

    public static InvalidDataException Broken() => new("The file is not an image of the view.");
}
