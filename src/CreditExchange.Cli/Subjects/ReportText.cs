using System.Text;
using CreditExchange.V1;

namespace CreditExchange.Cli.Subjects;

/// <summary>
/// Texts from a file, fit for a report that is mailed. Columns may be shifted, so that a reference is a name or a number, and a
/// code is anything.
/// </summary>
internal static class ReportText
{
    /// <summary>A publisher's own key: numbers masked; one without any digit may be a name and is not shown.</summary>
    public static string Reference(string text, string number)
    {
        if (text.AsSpan().IndexOfAnyInRange('0', '9') < 0)
        {
            return new string('*', Math.Min(text.Length, 8));
        }

        return Masked(NumberMask.Within(text, number));
    }

    /// <summary>A code or fact: as it is where it is ASCII without an identity number, else stars.</summary>
    public static string Fact(string text) =>
        System.Text.Ascii.IsValid(text) ? Masked(text) : new string('*', Math.Min(text.Length, 8));

    /// <summary>With everything masked that has the form of an identity number.</summary>
    public static string Masked(string text)
    {
        var masked = new StringBuilder(text.Length);
        var at = 0;
        while (at < text.Length)
        {
            var end = at;
            while (end < text.Length && IsNumeral(text[end]))
            {
                end++;
            }

            if (end == at)
            {
                masked.Append(text[at++]);
                continue;
            }

            var word = text[at..end];
            masked.Append(IdForms.Guess(word) != IdKind.Unspecified || Digits(word) >= 15 ? NumberMask.Of(word) : word);
            at = end;
        }

        return masked.ToString();
    }

    private static bool IsNumeral(char c) => char.IsAsciiLetterOrDigit(c) || c is (>= '０' and <= '９') or (>= 'Ａ' and <= 'Ｚ') or (>= 'ａ' and <= 'ｚ');

    private static int Digits(string word)
    {
        var digits = 0;
        foreach (var c in word)
        {
            digits += c is (>= '0' and <= '9') or (>= '０' and <= '９') ? 1 : 0;
        }

        return digits;
    }
}
