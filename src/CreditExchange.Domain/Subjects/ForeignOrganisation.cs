using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// 境外组织登记号: whatever the named register writes, with its spaces and hyphens; letters are compared in upper case.
/// </summary>
public static class ForeignOrganisation
{
    /// <summary>The longest name of a register, in UTF-16 units.</summary>
    public const int IssuerLength = 200;

    /// <summary>Judges a normalised number and its register.</summary>
    internal static RuleViolation? Check(ReadOnlySpan<char> number, string issuer, string field)
    {
        if (TextRules.FirstForbidden(number) is { } code)
        {
            return TextRules.Invalid(code, field + ".number");
        }

        if (issuer.Length == 0)
        {
            return IdForms.Issuer(IdKind.ForeignOrganisation, field);
        }

        if (issuer.Length > IssuerLength)
        {
            return TextRules.TooLong(issuer.Length, IssuerLength, field + ".issuer");
        }

        return TextRules.FirstForbidden(issuer) is { } wrong ? TextRules.Invalid(wrong, field + ".issuer") : null;
    }
}
