using System.Text.RegularExpressions;

namespace CreditExchange.Domain.Catalogues;

/// <summary>The pattern of a matter's <c>purpose</c>, made from the catalogue's text.</summary>
public static class PurposePattern
{
    /// <summary>
    /// Compiles a pattern so that it must match the whole of a purpose, a last line break included (<c>$</c> alone lets
    /// one pass), in time linear to its length.
    /// </summary>
    /// <exception cref="ArgumentException">Not a regular expression.</exception>
    /// <exception cref="NotSupportedException">Needs backtracking (look-around, back references).</exception>
    public static Regex Compile(string pattern)
    {
        // First alone: an unbalanced pattern must not become balanced by what is put around it.
        _ = new Regex(pattern, Options);
        return new Regex($@"\A(?:{pattern})\z", Options);
    }

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
}
