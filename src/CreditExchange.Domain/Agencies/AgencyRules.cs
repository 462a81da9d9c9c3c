using System.Globalization;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;
using Google.Protobuf.Collections;

namespace CreditExchange.Domain.Agencies;

/// <summary>Judges an agency before it becomes ledger content.</summary>
public static class AgencyRules
{
    private const int MaxCodes = 1000;

    /// <summary>Checks an agency; field paths begin with "agency".</summary>
    /// <param name="agency">The agency.</param>
    /// <param name="catalogue">Where given, the list codes of its rights must be known there.</param>
    /// <exception cref="RuleViolation">AGENCY_INVALID, REQUIRED, ENUM_INVALID, TOO_LONG or TEXT_INVALID.</exception>
    public static void Validate(Agency agency, CatalogueIndex? catalogue = null)
    {
        if (!IsId(agency.AgencyId))
        {
            throw Invalid("agency.agency_id");
        }

        TextRules.Check(agency.Name?.Zh ?? "", "agency.name.zh", 200, required: true);
        TextRules.Check(agency.Name?.En ?? "", "agency.name.en", 200, required: true);
        if (agency.Region.Length != 6 || !IsDigits(agency.Region) || agency.Region[0] == '0')
        {
            throw Invalid("agency.region");
        }

        if (agency.Kind == AgencyKind.Unspecified || !Enum.IsDefined(agency.Kind))
        {
            throw new RuleViolation(ErrorReason.EnumInvalid, "agency.kind", ("value", Number((int)agency.Kind)));
        }

        if (agency.Rights is null)
        {
            throw new RuleViolation(ErrorReason.Required, "agency.rights");
        }

        CheckRights(agency.Rights, catalogue);
    }

    private static void CheckRights(Rights rights, CatalogueIndex? catalogue)
    {
        foreach (var scope in rights.Scopes)
        {
            if (!Scopes.All.Contains(scope))
            {
                throw Invalid("agency.rights.scopes");
            }
        }

        // Separate hands from the first day on: who runs the hub, who grants rights and who watches both are three, and none
        // of them publishes or checks.
        var offices = Count(rights, Scopes.System) + Count(rights, Scopes.Security) + Count(rights, Scopes.Audit);
        var business = Count(rights, Scopes.Publish) + Count(rights, Scopes.Check) + Count(rights, Scopes.LinkSubjects)
            + Count(rights, Scopes.Erase);
        if (offices > 1 || (offices == 1 && business > 0))
        {
            throw Invalid("agency.rights.scopes");
        }

        CheckCodes(rights.Publish, "agency.rights.publish", catalogue);
        CheckCodes(rights.End, "agency.rights.end", catalogue);
        CheckCodes(rights.Matters, "agency.rights.matters", null);

        // PUBLISHER follows from a listing's origin; given to an agency it would open everybody's listings.
        if (rights.Recipient is RecipientKind.Unspecified or RecipientKind.Publisher or RecipientKind.RecognisingPartner || !Enum.IsDefined(rights.Recipient))
        {
            throw new RuleViolation(
                ErrorReason.EnumInvalid, "agency.rights.recipient", ("value", Number((int)rights.Recipient)));
        }
    }

    private static void CheckCodes(RepeatedField<string> codes, string field, CatalogueIndex? catalogue)
    {
        if (codes.Count > MaxCodes)
        {
            throw TextRules.TooLong(codes.Count, MaxCodes, field);
        }

        foreach (var code in codes)
        {
            TextRules.Check(code, field, 128, required: true);
            if (catalogue is not null && !catalogue.KnowsList(code))
            {
                throw Invalid(field);
            }
        }
    }

    private static int Count(Rights rights, string scope) => rights.Scopes.Contains(scope) ? 1 : 0;

    private static bool IsId(string id)
    {
        if (id.Length is < 3 or > 63 || id[0] == '-' || id[^1] == '-')
        {
            return false;
        }

        foreach (var c in id)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDigits(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }
        }

        return true;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static RuleViolation Invalid(string field) => new(ErrorReason.AgencyInvalid, field);
}
