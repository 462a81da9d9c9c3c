using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// The one form of numbers, issuers and names. Full-width forms are mapped here because Unicode normalisation is not
/// available without ICU; letters beyond ASCII keep their case, so that the form never depends on a runtime's tables.
/// </summary>
internal static class NumberForm
{
    /// <summary>Full-width to ASCII, ideographic and no-break space to space.</summary>
    public static char Fold(char c) => c switch
    {
        >= '\uFF01' and <= '\uFF5E' => (char)(c - 0xFEE0),
        '\u3000' or '\u00A0' => ' ',
        _ => c,
    };

    /// <summary>Folds, raises ASCII letters and drops spaces and hyphens.</summary>
    public static ReadOnlySpan<char> Compact(string number, Span<char> buffer)
    {
        var length = 0;
        foreach (var raw in number)
        {
            var c = Raise(Fold(raw));
            if (c is ' ' or '-' or (>= '\u2000' and <= '\u200A') or (>= '\u2010' and <= '\u2015') or '\u202F' or '\u2212')
            {
                continue;
            }

            buffer[length++] = c;
        }

        return buffer[..length];
    }

    /// <summary>Folds, raises ASCII letters and trims spaces at both ends.</summary>
    public static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text, Span<char> buffer)
    {
        for (var i = 0; i < text.Length; i++)
        {
            buffer[i] = Raise(Fold(text[i]));
        }

        return ((ReadOnlySpan<char>)buffer[..text.Length]).Trim(' ');
    }

    /// <summary>An issuer in its one form; the same instance when it already was.</summary>
    public static string Issuer(string issuer, IdKind kind)
    {
        // A register's name beyond its limit is refused anyway; any other issuer beyond it is refused by its kind.
        if (issuer.Length is 0 or > ForeignOrganisation.IssuerLength)
        {
            return issuer;
        }

        Span<char> buffer = stackalloc char[ForeignOrganisation.IssuerLength];
        var form = kind == IdKind.Passport ? Compact(issuer, buffer) : Trim(issuer, buffer);
        return form.SequenceEqual(issuer) ? issuer : form.ToString();
    }

    /// <summary>ASCII lower case to upper case.</summary>
    public static char Raise(char c) => c is >= 'a' and <= 'z' ? (char)(c - 32) : c;
}
