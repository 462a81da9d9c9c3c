using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>护照: 5 to 20 letters and digits, and the issuing state by ISO 3166-1 alpha-3. It carries no check digit.</summary>
public static class Passport
{
    /// <summary>Judges a normalised passport: the number's form, then the issuer.</summary>
    internal static RuleViolation? Check(ReadOnlySpan<char> number, string issuer, string field)
    {
        if (number.Length is < 5 or > 20 || !AreLettersOrDigits(number))
        {
            return IdForms.Format(IdKind.Passport, "[0-9A-Z]{5,20}", field);
        }

        return Countries.IsAlpha3(issuer) ? null : IdForms.Issuer(IdKind.Passport, field);
    }

    private static bool AreLettersOrDigits(ReadOnlySpan<char> number)
    {
        foreach (var c in number)
        {
            if (!char.IsAsciiDigit(c) && !char.IsAsciiLetterUpper(c))
            {
                return false;
            }
        }

        return true;
    }
}
