using System.Globalization;
using System.Text;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// Rules for every free text that comes in. Characters that hide, reorder or end what people read are refused, never
/// dropped: a text is stored as it was sent or not at all.
/// </summary>
public static class TextRules
{
    /// <summary>Judges one text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="field">Path of its field.</param>
    /// <param name="max">The most UTF-16 units allowed.</param>
    /// <param name="required">Whether it must hold more than spaces.</param>
    /// <exception cref="RuleViolation">REQUIRED, TOO_LONG (facts length, limit) or TEXT_INVALID (fact character).</exception>
    public static void Check(string text, string field, int max, bool required)
    {
        if (Find(text, field, max, required) is { } violation)
        {
            throw violation;
        }
    }

    /// <summary>The rule that a text breaks, or null.</summary>
    internal static RuleViolation? Find(string text, string field, int max, bool required)
    {
        if (required && string.IsNullOrWhiteSpace(text))
        {
            return new RuleViolation(ErrorReason.Required, field);
        }

        if (text.Length > max)
        {
            return TooLong(text.Length, max, field);
        }

        return FirstForbidden(text) is { } code ? Invalid(code, field) : null;
    }

    /// <summary>TOO_LONG with its facts.</summary>
    internal static RuleViolation TooLong(int length, int limit, string field) => new(
        ErrorReason.TooLong,
        field,
        ("length", length.ToString(CultureInfo.InvariantCulture)),
        ("limit", limit.ToString(CultureInfo.InvariantCulture)));

    /// <summary>TEXT_INVALID that names the character by its code point, because it can't be shown.</summary>
    internal static RuleViolation Invalid(int code, string field) =>
        new(ErrorReason.TextInvalid, field, ("character", "U+" + code.ToString("X4", CultureInfo.InvariantCulture)));

    /// <summary>
    /// The first control character, direction mark, byte order mark, replacement character, unpaired surrogate or
    /// noncharacter, or null.
    /// </summary>
    internal static int? FirstForbidden(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is >= ' ' and < '\u007F')
            {
                continue;
            }

            if (char.IsSurrogate(c))
            {
                if (Rune.DecodeFromUtf16(text[i..], out var rune, out var used) != System.Buffers.OperationStatus.Done)
                {
                    return c;
                }

                if ((rune.Value & 0xFFFE) == 0xFFFE)
                {
                    return rune.Value;
                }

                i += used - 1;
            }
            else if (IsForbidden(c))
            {
                return c;
            }
        }

        return null;
    }

    private static bool IsForbidden(char c) =>
        char.IsControl(c)
        // U+FFFD is what the parser leaves of bytes that were no UTF-8: the text is not the one that was sent.
        || c is '\u061C' or '\u200E' or '\u200F' or '\uFEFF' or '\uFFFD' or '\uFFFE' or '\uFFFF'
        || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or (>= '\uFDD0' and <= '\uFDEF');
}
