using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// 组织机构代码, GB 11714-1997: eight characters 0-9 A-Z and a check character 0-9 or X. In use by itself until 2015, and
/// inside every unified social credit code.
/// </summary>
public static class LegacyOrganisationCode
{
    /// <summary>How many characters a code has.</summary>
    public const int Length = 9;

    private static ReadOnlySpan<byte> Weights => [3, 7, 9, 10, 5, 8, 4, 2];

    /// <summary>The check character over eight characters 0-9 A-Z.</summary>
    public static char CheckDigit(ReadOnlySpan<char> first8)
    {
        var sum = 0;
        for (var i = 0; i < Weights.Length; i++)
        {
            var c = first8[i];
            sum += (char.IsAsciiDigit(c) ? c - '0' : c - 'A' + 10) * Weights[i];
        }

        return (11 - (sum % 11)) switch
        {
            10 => 'X',
            11 => '0',
            var digit => (char)('0' + digit),
        };
    }

    /// <summary>Judges a normalised number: its form, then its check character.</summary>
    internal static RuleViolation? Check(ReadOnlySpan<char> number, string field)
    {
        var formed = number.Length == Length && (char.IsAsciiDigit(number[8]) || number[8] == 'X');
        for (var i = 0; formed && i < Length - 1; i++)
        {
            formed = char.IsAsciiDigit(number[i]) || char.IsAsciiLetterUpper(number[i]);
        }

        if (!formed)
        {
            return IdForms.Format(IdKind.LegacyOrganisationCode, "[0-9A-Z]{8}[0-9X]", field);
        }

        return CheckDigit(number) == number[8] ? null : IdForms.CheckDigit(IdKind.LegacyOrganisationCode, field);
    }
}
