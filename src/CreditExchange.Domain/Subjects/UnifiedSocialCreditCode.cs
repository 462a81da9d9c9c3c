using System.Globalization;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// 统一社会信用代码, GB 32100-2015: registering department, kind, region (six digits), body code (nine characters with a
/// check of its own, GB 11714) and check character.
/// </summary>
public static class UnifiedSocialCreditCode
{
    /// <summary>The characters in the order of their values, 0 to 30.</summary>
    public const string Alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

    /// <summary>How many characters a code has.</summary>
    public const int Length = 18;

    private static ReadOnlySpan<byte> Weights => [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

    /// <summary>The check character over the first 17 characters, or NUL when one of them is not in the alphabet.</summary>
    public static char CheckDigit(ReadOnlySpan<char> first17)
    {
        var sum = 0;
        for (var i = 0; i < Weights.Length; i++)
        {
            var value = Value(first17[i]);
            if (value < 0)
            {
                return '\0';
            }

            sum += value * Weights[i];
        }

        return Alphabet[(31 - (sum % 31)) % 31];
    }

    /// <summary>Judges a normalised number.</summary>
    /// <returns>Null, or the first rule that fails: length, characters, check character, region, body check.</returns>
    internal static RuleViolation? Check(ReadOnlySpan<char> number, string field)
    {
        if (number.Length != Length)
        {
            return new RuleViolation(ErrorReason.UsccLength, field + ".number", ("length", number.Length.ToString(CultureInfo.InvariantCulture)));
        }

        for (var i = 0; i < Length - 1; i++)
        {
            if (Value(number[i]) < 0)
            {
                return Character(i, field);
            }
        }

        var last = number[Length - 1];
        if (!char.IsAsciiLetterUpper(last) && !char.IsAsciiDigit(last))
        {
            return Character(Length - 1, field);
        }

        // Before the region and the body: a typo anywhere should read as what it is.
        if (CheckDigit(number) != last)
        {
            return new RuleViolation(ErrorReason.UsccCheckDigit, field + ".number");
        }

        var region = number.Slice(2, 6);
        if (!Regions.IsAccepted(region))
        {
            return new RuleViolation(ErrorReason.UsccRegion, field + ".number", ("region", region.ToString()));
        }

        return LegacyOrganisationCode.CheckDigit(number.Slice(8, 8)) == number[16]
            ? null
            : new RuleViolation(ErrorReason.UsccBodyCheckDigit, field + ".number");
    }

    private static RuleViolation Character(int index, string field) =>
        new(ErrorReason.UsccCharacter, field + ".number", ("index", (index + 1).ToString(CultureInfo.InvariantCulture)));

    private static int Value(char c)
    {
        // From 0 to Z, -1 outside the alphabet. A table, because a code is judged on every check of a subject.
        ReadOnlySpan<sbyte> values =
        [
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -1, -1, -1, -1, -1, -1,
            10, 11, 12, 13, 14, 15, 16, 17, -1, 18, 19, 20, 21, 22, -1, 23, 24, 25, -1, 26, 27, -1, 28, 29, 30, -1,
        ];
        var index = c - '0';
        return (uint)index < (uint)values.Length ? values[index] : -1;
    }
}
