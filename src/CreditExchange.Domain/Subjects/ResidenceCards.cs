using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// Residence cards. 港澳台居民居住证: the resident number's shape under 810000 (Hong Kong), 820000 (Macao) or 830000 (Taiwan).
/// 外国人永久居留身份证: since 2023 the same shape, 9, the province that gave it out and the state's three digits; before,
/// three letters of the state and twelve digits, whose check the hub does not judge.
/// </summary>
public static class ResidenceCards
{
    /// <summary>Judges a normalised residence permit of Hong Kong, Macao or Taiwan residents.</summary>
    internal static RuleViolation? CheckHmt(ReadOnlySpan<char> number, string field, DateOnly today)
    {
        var formed = ResidentId.HasShape(number)
            && number[0] == '8' && number[1] is >= '1' and <= '3'
            && number[2..6].SequenceEqual("0000");
        return formed
            ? CheckTail(IdKind.HmtResidencePermit, number, field, today)
            : IdForms.Format(IdKind.HmtResidencePermit, "8[123]0000[0-9]{11}[0-9X]", field);
    }

    /// <summary>Judges a normalised foreigner's permanent residence card of either form.</summary>
    internal static RuleViolation? CheckForeigner(ReadOnlySpan<char> number, string field, DateOnly today)
    {
        if (IsLong(number))
        {
            return CheckTail(IdKind.ForeignerResidence, number, field, today);
        }

        var formed = number.Length == 15 && Countries.IsAlpha3(number[..3]) && IdForms.AreDigits(number[3..]);
        return formed ? null : IdForms.Format(IdKind.ForeignerResidence, "[A-Z]{3}[0-9]{12} | 9[0-9]{16}[0-9X]", field);
    }

    /// <summary>Whether a foreigner's card has the form of 2023, with birth date and check character.</summary>
    internal static bool IsLong(ReadOnlySpan<char> number) => ResidentId.HasShape(number) && number[0] == '9';

    private static RuleViolation? CheckTail(IdKind kind, ReadOnlySpan<char> number, string field, DateOnly today)
    {
        if (!ResidentId.TryBirthDate(number, out var born) || born > today)
        {
            return IdForms.Format(kind, "yyyyMMdd (7-14)", field);
        }

        return ResidentId.CheckDigit(number) == number[17] ? null : IdForms.CheckDigit(kind, field);
    }
}
