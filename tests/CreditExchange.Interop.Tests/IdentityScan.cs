using System.Text;
using CreditExchange.Hub.Lookup;

namespace CreditExchange.Interop.Tests;

/// <summary>Looks through bytes for known numbers and names in every form, and for any resident identity number by its check digit.</summary>
internal sealed class IdentityScan
{
    private readonly List<(string Text, byte[] Form)> known = [];

    /// <summary>Adds a number or a name.</summary>
    public void Know(string text) => known.AddRange(FormsOf(text).Select(form => (text, form)));

    /// <summary>A text as bytes: UTF-8 and UTF-16, as it is, escaped, full-width, with separators where people put them.</summary>
    public static IEnumerable<byte[]> FormsOf(string text)
    {
        List<string> writings = [text, text.ToLowerInvariant(), Escaped(text)];
        if (text.Length == 18)
        {
            writings.Add(new string([.. text.Select(c => (char)(c - '!' + '！'))]));
            foreach (var separator in new[] { "-", " " })
            {
                writings.Add(string.Join(separator, text[..6], text[6..14], text[14..]));
                writings.Add(string.Join(separator, text[..4], text[4..8], text[8..12], text[12..16], text[16..]));
            }
        }

        foreach (var writing in writings.Distinct(StringComparer.Ordinal))
        {
            yield return Encoding.UTF8.GetBytes(writing);
            yield return Encoding.Unicode.GetBytes(writing);
            yield return Encoding.BigEndianUnicode.GetBytes(writing);
        }
    }

    /// <summary>Where something stands, without saying it whole; null: nothing does.</summary>
    public string? Find(byte[] bytes)
    {
        foreach (var (text, form) in known)
        {
            if (bytes.AsSpan().IndexOf(form) is var at and >= 0)
            {
                return $"{text[..Math.Min(4, text.Length)]}… at {at}";
            }
        }

        return HeldNumbers.Contains(Encoding.Latin1.GetString(bytes)) ? "a resident identity number" : null;
    }

    // As JSON may write it.
    private static string Escaped(string text) => string.Concat(text.Select(c => c < 128 ? c.ToString() : $"\\u{(int)c:x4}"));
}
