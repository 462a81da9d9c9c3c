using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Tests.Recognition;

public sealed class AgreementRulesTests
{
    [Theory]
    [InlineData("GD-GX-2026-01", "440000")]
    [InlineData("GD-GX-2026-01", "450000")]
    [InlineData("GD-HI-2026-01", "440000")]
    [InlineData("GD-HI-2026-01", "460000")]
    [InlineData("GX-HI-2026-01", "450000")]
    [InlineData("GX-HI-2026-01", "460000")]
    public void Each_side_can_sign_the_demonstration_agreements(string id, string own)
    {
        var terms = DemonstrationAgreements.Terms(id);
        (terms.Parties[0].LedgerId, terms.Parties[1].LedgerId) = ("aaaaaa", "bbbbbb");
        terms.Parties[0].Keys.Add(AgreementSignatures.PublicKey(SampleAgreements.GuangdongKey));
        terms.Parties[1].Keys.Add(AgreementSignatures.PublicKey(SampleAgreements.HainanKey));
        AgreementRules.Validate(terms, own, SampleAgreements.Catalogue, SampleAgreements.Today);
    }

    public static TheoryData<string, ErrorReason, string, Action<AgreementTerms>> Faults() => new()
    {
        { "id in small letters", ErrorReason.AgreementInvalid, "terms.agreement_id", t => t.AgreementId = "gd-hi" },
        { "id too long", ErrorReason.AgreementInvalid, "terms.agreement_id", t => t.AgreementId = new string('A', 41) },
        { "one party", ErrorReason.AgreementInvalid, "terms.parties", t => t.Parties.RemoveAt(0) },
        { "with itself", ErrorReason.AgreementInvalid, "terms.parties", t => t.Parties[0].Region = "460000" },
        { "other order", ErrorReason.AgreementInvalid, "terms.parties", t => t.Parties.Add(Take(t)) },
        { "one hub", ErrorReason.AgreementInvalid, "terms.parties", t => t.Parties[0].HubId = t.Parties[1].HubId },
        { "not ours", ErrorReason.AgreementNotParty, "terms.parties", t => t.Parties[1].Region = "500000" },
        { "ledger with epoch", ErrorReason.AgreementInvalid, "terms.parties[0].ledger_id", t => t.Parties[0].LedgerId = "44aaaa.1" },
        { "no keys", ErrorReason.AgreementInvalid, "terms.parties[0].keys", t => t.Parties[0].Keys.Clear() },
        { "key of another id", ErrorReason.AgreementInvalid, "terms.parties[0].keys[0]", t => t.Parties[0].Keys[0].KeyId = "0000000000000000" },
        { "no key at all", ErrorReason.AgreementInvalid, "terms.parties[0].keys[0]", t => t.Parties[0].Keys[0].Spki = Google.Protobuf.ByteString.CopyFromUtf8("x") },
        { "nameless party", ErrorReason.Required, "terms.parties[0].name.zh", t => t.Parties[0].Name = null },
        { "no rows", ErrorReason.AgreementInvalid, "terms.rows", t => t.Rows.Clear() },
        { "days the wrong way", ErrorReason.AgreementInvalid, "terms.until", t => t.Until = t.From },
        { "days over", ErrorReason.AgreementInvalid, "terms.until", t => (t.From, t.Until) = ("2020-01-01", "2026-06-15") },
        { "no end", ErrorReason.DateInvalid, "terms.until", t => t.Until = "" },
        { "age below zero", ErrorReason.AgreementInvalid, "terms.max_age", t => t.MaxAge = Duration.FromTimeSpan(TimeSpan.FromSeconds(-1)) },
        { "row of a stranger", ErrorReason.AgreementInvalid, "terms.rows[0].from_region", t => t.Rows[0].FromRegion = "500000" },
        { "row without article", ErrorReason.Required, "terms.rows[0].article", t => t.Rows[0].Article = "" },
        { "row without origin", ErrorReason.AgreementInvalid, "terms.rows[0].origin_list_codes", t => t.Rows[0].OriginListCodes.Clear() },
        { "unknown receiving list", ErrorReason.AgreementCodeUnknown, "terms.rows[0].receiving_list_code", t => t.Rows[0].ReceivingListCode = "no.such" },
        { "unknown own list", ErrorReason.AgreementCodeUnknown, "terms.rows[4].origin_list_codes", t => t.Rows[4].OriginListCodes[0] = "no.such" },
        { "unknown measure", ErrorReason.AgreementCodeUnknown, "terms.rows[0].measures", t => t.Rows[0].Measures[0] = "no.such" },
        { "wider than the list", ErrorReason.AgreementMeasureWider, "terms.rows[0].measures", t => t.Rows[0].Measures[0] = "dutyfree.no-purchase" },
        { "unknown matter", ErrorReason.AgreementCodeUnknown, "terms.rows[0].matters", t => t.Rows[0].Matters[0] = "no.such" },
        { "matter that doesn't look", ErrorReason.AgreementInvalid, "terms.rows[0].matters", t => t.Rows[0].Matters[0] = "dutyfree.offshore-purchase" },
        { "law of commitments for all matters", ErrorReason.AgreementBasis, "terms.rows[0].receiving_basis", t => t.Rows[0].Matters.Clear() },
        { "law of commitments for a bid", ErrorReason.AgreementBasis, "terms.rows[0].receiving_basis", t => t.Rows[0].Matters.Add("procurement.government-bid") },
        { "receiving list twice", ErrorReason.AgreementOverlap, "terms.rows", t => t.Rows[1].ReceivingListCode = t.Rows[0].ReceivingListCode },
        { "origin list twice", ErrorReason.AgreementOverlap, "terms.rows", t => t.Rows[1].OriginListCodes.Add(t.Rows[0].OriginListCodes[0]) },
        { "one direction alone", ErrorReason.AgreementInvalid, "terms.reciprocal", t => t.Rows.RemoveAt(7) },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_refused_with_its_own_reason_and_field(string what, ErrorReason reason, string field, Action<AgreementTerms> change)
    {
        var terms = SampleAgreements.Terms(change);
        var violation = Assert.Throws<RuleViolation>(
            () => AgreementRules.Validate(terms, "460000", SampleAgreements.Catalogue, SampleAgreements.Today));
        Assert.True((reason, field) == (violation.Reason, violation.Field), $"{what}: {violation.Reason} {violation.Field}");
    }

    [Fact]
    public void What_the_other_side_receives_is_the_other_sides_to_judge()
    {
        var terms = SampleAgreements.Terms(t => t.Rows[4].ReceivingListCode = "gd.own-list");
        terms.Reciprocal = false;
        AgreementRules.Validate(terms, "460000", SampleAgreements.Catalogue, SampleAgreements.Today);
        Assert.Throws<RuleViolation>(() => AgreementRules.Validate(terms, "440000", SampleAgreements.Catalogue, SampleAgreements.Today));
    }

    [Theory]
    [InlineData("2026-01-01", "2031-01-01", AgreementState.InForce, true)]
    [InlineData("2026-01-01", "2031-01-01", AgreementState.Suspended, true)]
    [InlineData("2026-01-01", "2031-01-01", AgreementState.Proposed, true)]
    [InlineData("2026-01-01", "2031-01-01", AgreementState.Ended, false)]
    [InlineData("2031-01-01", "2032-01-01", AgreementState.InForce, false)]
    [InlineData("2020-01-01", "2026-01-01", AgreementState.InForce, false)]
    [InlineData("2030-12-31", "2032-01-01", AgreementState.InForce, true)]
    public void Another_agreement_of_the_same_days_holds_its_lists(string from, string until, AgreementState state, bool overlaps)
    {
        var other = SampleAgreements.Agreement(state, t => (t.AgreementId, t.From, t.Until) = ("GD-HI-OTHER", from, until));
        var found = Record.Exception(() => AgreementRules.CheckOthers(
            SampleAgreements.Terms(), [(other, AgreementTerms.Parser.ParseFrom(other.Signed.Terms))]));
        Assert.Equal(overlaps ? ErrorReason.AgreementOverlap : null, (found as RuleViolation)?.Reason);
    }

    private static AgreementParty Take(AgreementTerms terms)
    {
        var first = terms.Parties[0];
        terms.Parties.RemoveAt(0);
        return first;
    }
}
