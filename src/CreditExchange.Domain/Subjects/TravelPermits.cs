using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// Mainland travel permits: 港澳居民来往内地通行证, H or M with 8 digits (10 where the count of renewals was printed with it),
/// and 台湾居民来往大陆通行证, 8 digits (10 on older booklets). They carry no check digit.
/// </summary>
public static class TravelPermits
{
    /// <summary>Judges a normalised permit of a Hong Kong or Macao resident.</summary>
    internal static RuleViolation? CheckHkMacao(ReadOnlySpan<char> number, string field) =>
        number.Length is 9 or 11 && (number[0] is 'H' or 'M') && IdForms.AreDigits(number[1..])
            ? null
            : IdForms.Format(IdKind.HkMacaoPermit, "[HM][0-9]{8} | [HM][0-9]{10}", field);

    /// <summary>Judges a normalised permit of a Taiwan resident.</summary>
    internal static RuleViolation? CheckTaiwan(ReadOnlySpan<char> number, string field) =>
        number.Length is 8 or 10 && IdForms.AreDigits(number)
            ? null
            : IdForms.Format(IdKind.TaiwanPermit, "[0-9]{8} | [0-9]{10}", field);
}
