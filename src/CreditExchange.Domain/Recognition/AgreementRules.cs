using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;
using Google.Protobuf.Collections;

namespace CreditExchange.Domain.Recognition;

/// <summary>
/// Judges an agreement's terms before this side signs them: their form, and what they say about this side's own catalogue. What they
/// say about the other side's, the other side judges before it signs.
/// </summary>
public static class AgreementRules
{
    private const int MostRows = 1_000;
    private const int MostCodes = 100;
    private const int MostKeys = 8;

    /// <summary>Checks terms.</summary>
    /// <param name="terms">The terms; field paths begin with "terms".</param>
    /// <param name="ownRegion">This side's region.</param>
    /// <param name="catalogue">This side's catalogue.</param>
    /// <param name="today">The legal day.</param>
    /// <exception cref="RuleViolation">AGREEMENT_INVALID, AGREEMENT_CODE_UNKNOWN, AGREEMENT_MEASURE_WIDER, AGREEMENT_OVERLAP,
    /// AGREEMENT_BASIS, AGREEMENT_NOT_PARTY or a violation of a text, a date or a required field.</exception>
    public static void Validate(AgreementTerms terms, string ownRegion, CatalogueIndex catalogue, DateOnly today)
    {
        if (!IsId(terms.AgreementId))
        {
            throw Invalid("terms.agreement_id", "the id has capitals, digits and hyphens, 3 to 40, from a capital");
        }

        CheckParties(terms);
        if (AgreementSignatures.Find(terms, ownRegion) is null)
        {
            throw new RuleViolation(ErrorReason.AgreementNotParty, "terms.parties", ("what", "region"));
        }

        var from = LegalDay.Parse(terms.From, "terms.from");
        var until = LegalDay.Parse(terms.Until, "terms.until");
        if (until <= from)
        {
            throw Invalid("terms.until", "it ends before it begins");
        }

        if (until <= today)
        {
            throw Invalid("terms.until", "its days are over");
        }

        if (terms.MaxAge is { } age && (age.Seconds is <= 0 or > 366L * 86_400))
        {
            throw Invalid("terms.max_age", "above zero, at most a year");
        }

        if (terms.Rows.Count is 0 or > MostRows)
        {
            throw Invalid("terms.rows", "1 to 1,000 rows");
        }

        CheckOnce(terms);
        for (var i = 0; i < terms.Rows.Count; i++)
        {
            CheckRow(terms, terms.Rows[i], $"terms.rows[{i}]", ownRegion, catalogue, from > today ? from : today);
        }

        CheckReciprocity(terms);
    }

    /// <summary>Refuses lists that another agreement of the same parties covers on a day of this one.</summary>
    /// <param name="terms">Judged by <see cref="Validate"/>.</param>
    /// <param name="others">All other agreements with their terms.</param>
    /// <exception cref="RuleViolation">AGREEMENT_OVERLAP.</exception>
    public static void CheckOthers(AgreementTerms terms, IEnumerable<(Agreement Agreement, AgreementTerms Terms)> others)
    {
        foreach (var (agreement, other) in others)
        {
            // Days are written so that their order is that of the texts.
            if (agreement.State is AgreementState.Ended || agreement.AgreementId == terms.AgreementId
                || string.CompareOrdinal(other.Until, terms.From) <= 0 || string.CompareOrdinal(terms.Until, other.From) <= 0
                || other.Parties.Any(p => AgreementSignatures.Find(terms, p.Region) is null))
            {
                continue;
            }

            foreach (var row in terms.Rows)
            {
                foreach (var theirs in other.Rows)
                {
                    if (theirs.FromRegion != row.FromRegion)
                    {
                        continue;
                    }

                    var twice = theirs.ReceivingListCode == row.ReceivingListCode
                        ? row.ReceivingListCode
                        : row.OriginListCodes.FirstOrDefault(theirs.OriginListCodes.Contains);
                    if (twice is not null)
                    {
                        throw Overlap("terms.rows", twice, agreement.AgreementId);
                    }
                }
            }
        }
    }

    /// <summary>Whether an id may name an agreement.</summary>
    public static bool IsId(string id)
    {
        if (id.Length is < 3 or > 40 || !char.IsAsciiLetterUpper(id[0]) || id[^1] == '-')
        {
            return false;
        }

        foreach (var c in id)
        {
            if (!char.IsAsciiLetterUpper(c) && !char.IsAsciiDigit(c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }

    private static void CheckParties(AgreementTerms terms)
    {
        if (terms.Parties.Count != 2)
        {
            throw Invalid("terms.parties", "two parties");
        }

        if (string.CompareOrdinal(terms.Parties[0].Region, terms.Parties[1].Region) >= 0)
        {
            throw Invalid("terms.parties", "different regions, in ascending order");
        }

        if (terms.Parties[0].HubId == terms.Parties[1].HubId)
        {
            throw Invalid("terms.parties", "each party has its own hub");
        }

        for (var i = 0; i < 2; i++)
        {
            CheckParty(terms.Parties[i], $"terms.parties[{i}]");
        }
    }

    private static void CheckParty(AgreementParty party, string field)
    {
        if (!RegionReach.IsRegion(party.Region))
        {
            throw Invalid(field + ".region", "six digits of GB/T 2260");
        }

        TextRules.Check(party.Name?.Zh ?? "", field + ".name.zh", 200, required: true);
        TextRules.Check(party.Name?.En ?? "", field + ".name.en", 200, required: true);
        if (party.HubId.Length is < 3 or > 63 || party.HubId.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
        {
            throw Invalid(field + ".hub_id", "lower-case letters, digits and hyphens, 3 to 63");
        }

        if (party.LedgerId.Length is 0 or > 64 || party.LedgerId.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c)))
        {
            throw Invalid(field + ".ledger_id", "a ledger without its epoch");
        }

        if (party.Keys.Count is 0 or > MostKeys)
        {
            throw Invalid(field + ".keys", "1 to 8 keys");
        }

        for (var i = 0; i < party.Keys.Count; i++)
        {
            var key = party.Keys[i];
            using var open = key.Suite == SignatureSuite.Es256 ? AgreementSignatures.TryOpen(key) : null;
            if (open is null || key.KeyId != AgreementSignatures.KeyIdOf(key.Spki.Span))
            {
                throw Invalid($"{field}.keys[{i}]", "no key of suite ES256, or not of that id");
            }
        }
    }

    // In one direction a list says one thing, so that a listing is recognised in one way, and its effect is found by the list alone.
    private static void CheckOnce(AgreementTerms terms)
    {
        var seen = new HashSet<(string From, bool Origin, string Code)>();
        foreach (var row in terms.Rows)
        {
            if (!seen.Add((row.FromRegion, false, row.ReceivingListCode)))
            {
                throw Overlap("terms.rows", row.ReceivingListCode, terms.AgreementId);
            }

            foreach (var code in row.OriginListCodes)
            {
                if (!seen.Add((row.FromRegion, true, code)))
                {
                    throw Overlap("terms.rows", code, terms.AgreementId);
                }
            }
        }
    }

    private static void CheckRow(
        AgreementTerms terms, AgreementRow row, string field, string ownRegion, CatalogueIndex catalogue, DateOnly day)
    {
        if (AgreementSignatures.Find(terms, row.FromRegion) is null)
        {
            throw Invalid(field + ".from_region", "the region of a party");
        }

        TextRules.Check(row.Article, field + ".article", 100, required: true);
        CheckCodes(row.OriginListCodes, field + ".origin_list_codes", 1);
        TextRules.Check(row.ReceivingListCode, field + ".receiving_list_code", 128, required: true);
        CheckCodes(row.Measures, field + ".measures", 0);
        CheckCodes(row.Matters, field + ".matters", 0);
        if (row.ReceivingBasis is { } basis)
        {
            TextRules.Check(basis.Document, field + ".receiving_basis.document", 200, required: true);
            TextRules.Check(basis.Article, field + ".receiving_basis.article", 100, required: true);
        }

        if (row.FromRegion == ownRegion)
        {
            foreach (var code in row.OriginListCodes)
            {
                RequireKnown(catalogue.ListKind(code, day), "list", code, field + ".origin_list_codes");
            }
        }
        else
        {
            CheckReceiving(row, field, catalogue, day);
        }
    }

    private static void CheckReceiving(AgreementRow row, string field, CatalogueIndex catalogue, DateOnly day)
    {
        var kind = RequireKnown(catalogue.ListKind(row.ReceivingListCode, day), "list", row.ReceivingListCode, field + ".receiving_list_code");
        foreach (var measure in row.Measures)
        {
            RequireKnown(catalogue.Measure(measure, day), "measure", measure, field + ".measures");
            if (!kind.DefaultMeasures.Contains(measure))
            {
                throw new RuleViolation(
                    ErrorReason.AgreementMeasureWider, field + ".measures", ("list_code", kind.Code), ("measure", measure));
            }
        }

        foreach (var code in row.Matters)
        {
            var matter = RequireKnown(catalogue.Matter(code, day), "matter", code, field + ".matters");
            if (!matter.Rules.Any(r => r.ListCodes.Contains(kind.Code)))
            {
                throw Invalid(field + ".matters", $"the matter {code} doesn't look at the list");
            }
        }

        if (row.ReceivingBasis is { } basis)
        {
            CheckBasis(row, basis, field, catalogue, day);
        }
    }

    // A law that the catalogue's matters themselves rest on gives effect in those matters alone: article (五) of the 2021 document covers
    // commitments, and not the licence that the same list is asked for. A law that no matter cites is the receiving side's own to judge.
    private static void CheckBasis(AgreementRow row, ReceivingBasis basis, string field, CatalogueIndex catalogue, DateOnly day)
    {
        var carried = new HashSet<string>(StringComparer.Ordinal);
        foreach (var matter in catalogue.Catalogue.Matters)
        {
            if (LegalDay.Covers(matter.ValidFrom, matter.ValidUntil, day)
                && matter.Rules.Any(r => r.ListCodes.Contains(row.ReceivingListCode) && r.Basis?.Document == basis.Document && r.Basis.Article == basis.Article))
            {
                carried.Add(matter.Code);
            }
        }

        if (carried.Count == 0)
        {
            return;
        }

        var named = row.Matters.Count > 0
            ? row.Matters.AsEnumerable()
            : catalogue.Catalogue.Matters
                .Where(m => LegalDay.Covers(m.ValidFrom, m.ValidUntil, day) && m.Rules.Any(r => r.ListCodes.Contains(row.ReceivingListCode)))
                .Select(m => m.Code);
        if (named.FirstOrDefault(code => !carried.Contains(code)) is { } beyond)
        {
            throw new RuleViolation(
                ErrorReason.AgreementBasis, field + ".receiving_basis", ("basis", $"{basis.Document} {basis.Article}"), ("matter", beyond));
        }
    }

    private static void CheckReciprocity(AgreementTerms terms)
    {
        if (!terms.Reciprocal)
        {
            return;
        }

        foreach (var row in terms.Rows)
        {
            if (!terms.Rows.Any(back => back.FromRegion != row.FromRegion
                && back.OriginListCodes.Contains(row.ReceivingListCode)
                && row.OriginListCodes.Contains(back.ReceivingListCode)))
            {
                throw Invalid("terms.reciprocal", $"the list {row.ReceivingListCode} has no row in the other direction");
            }
        }
    }

    private static void CheckCodes(RepeatedField<string> codes, string field, int least)
    {
        if (codes.Count < least || codes.Count > MostCodes || codes.Distinct(StringComparer.Ordinal).Count() != codes.Count)
        {
            throw Invalid(field, $"{least} to {MostCodes} codes, each once");
        }

        foreach (var code in codes)
        {
            TextRules.Check(code, field, 128, required: true);
        }
    }

    private static T RequireKnown<T>(T? row, string kind, string code, string field)
        where T : class =>
        row ?? throw new RuleViolation(ErrorReason.AgreementCodeUnknown, field, ("kind", kind), ("code", code.Length <= 64 ? code : code[..64]));

    private static RuleViolation Overlap(string field, string code, string other) =>
        new(ErrorReason.AgreementOverlap, field, ("code", code), ("other", other));

    private static RuleViolation Invalid(string field, string cause) => new(ErrorReason.AgreementInvalid, field, ("cause", cause));
}
