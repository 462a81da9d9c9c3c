using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>What the kinds without reasons of their own refuse with.</summary>
internal static class IdForms
{
    /// <summary>The kind as the contract writes it, without the prefix.</summary>
    public static string Wire(IdKind kind) => kind switch
    {
        IdKind.Unspecified => "UNSPECIFIED",
        IdKind.Uscc => "USCC",
        IdKind.ResidentId => "RESIDENT_ID",
        IdKind.Passport => "PASSPORT",
        IdKind.HkMacaoPermit => "HK_MACAO_PERMIT",
        IdKind.TaiwanPermit => "TAIWAN_PERMIT",
        IdKind.ForeignerResidence => "FOREIGNER_RESIDENCE",
        IdKind.HmtResidencePermit => "HMT_RESIDENCE_PERMIT",
        IdKind.LegacyOrganisationCode => "LEGACY_ORGANISATION_CODE",
        IdKind.ForeignOrganisation => "FOREIGN_ORGANISATION",
        _ => ((int)kind).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>ID_FORMAT; what is expected stands as a pattern, which reads the same in both languages.</summary>
    public static RuleViolation Format(IdKind kind, string expected, string field) =>
        new(ErrorReason.IdFormat, field + ".number", ("kind", Wire(kind)), ("expected", expected));

    /// <summary>ID_CHECK_DIGIT.</summary>
    public static RuleViolation CheckDigit(IdKind kind, string field) =>
        new(ErrorReason.IdCheckDigit, field + ".number", ("kind", Wire(kind)));

    /// <summary>ID_ISSUER.</summary>
    public static RuleViolation Issuer(IdKind kind, string field) =>
        new(ErrorReason.IdIssuer, field + ".issuer", ("kind", Wire(kind)));

    /// <summary>Whether all characters are ASCII digits.</summary>
    public static bool AreDigits(ReadOnlySpan<char> text)
    {
        // A loop, because IndexOfAnyExceptInRange allocates until the runtime has optimised it.
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }
        }

        return true;
    }
}
