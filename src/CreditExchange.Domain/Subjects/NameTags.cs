using System.Buffers.Binary;
using System.Text;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// Tags of names: enough to ask whether a name fits a listing without keeping the name. Names that differ in spaces,
/// middle dots (·, ・, •, full stops, as between the parts of Uyghur names), width or case have one tag.
/// </summary>
public static class NameTags
{
    private const int LongestOnStack = 256;

    // Begins like no subject's encoding: one key serves both.
    private static ReadOnlySpan<byte> Prefix => "name\0"u8;

    /// <summary>The first eight bytes, big-endian, of the CMAC over "name", a zero byte and the normal form in UTF-8.</summary>
    /// <param name="keyer">The key.</param>
    /// <param name="name">A name as written, of any length.</param>
    public static ulong Compute(SubjectKeyer keyer, string name)
    {
        Span<char> form = name.Length <= LongestOnStack ? stackalloc char[LongestOnStack] : new char[name.Length];
        var normal = form[..Normalise(name, form)];
        var most = Prefix.Length + Encoding.UTF8.GetMaxByteCount(normal.Length);
        Span<byte> message = most <= 4 * LongestOnStack ? stackalloc byte[4 * LongestOnStack] : new byte[most];
        Prefix.CopyTo(message);
        var length = Prefix.Length + Encoding.UTF8.GetBytes(normal, message[Prefix.Length..]);
        Span<byte> mac = stackalloc byte[AesCmac.MacLength];
        keyer.Mac(message[..length], mac);
        return BinaryPrimitives.ReadUInt64BigEndian(mac);
    }

    /// <summary>A name in its normal form.</summary>
    internal static string Normal(string name)
    {
        var form = new char[name.Length];
        return new string(form, 0, Normalise(name, form));
    }

    private static int Normalise(string name, Span<char> form)
    {
        var length = 0;
        foreach (var raw in name)
        {
            var c = NumberForm.Fold(raw);
            if (!char.IsWhiteSpace(c) && !IsDot(c))
            {
                form[length++] = char.ToUpperInvariant(c);
            }
        }

        return length;
    }

    private static bool IsDot(char c) => c is '.' or '\u00B7' or '\u2022' or '\u2027' or '\u2219' or '\u22C5' or '\u30FB' or '\uFF65';
}
