using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Verdicts;
using CreditExchange.V1;
using static CreditExchange.Domain.Tests.Listings.ListingSamples;

namespace CreditExchange.Domain.Tests.Verdicts;

public class VerdictTests
{
    private const string Dutyfree = "dutyfree.offshore-purchase";
    private const string Commitment = "approval.notification-commitment";
    private const string Procurement = "procurement.government-bid";

    [Theory]
    [InlineData(Dutyfree, "dutyfree.dishonesty", Verdict.Restricted, "REFUSE")]
    [InlineData(Dutyfree, "customs.dutyfree-ban", Verdict.Restricted, "REFUSE")]
    [InlineData(Dutyfree, Court, Verdict.Clear, "")]
    [InlineData(Dutyfree, "tax.a-grade", Verdict.Clear, "")]
    [InlineData(Commitment, Court, Verdict.Restricted, "ORDINARY_PROCEDURE")]
    [InlineData(Commitment, "tax.major-violation", Verdict.Restricted, "ORDINARY_PROCEDURE")]
    [InlineData(Commitment, "market.serious-violation", Verdict.Restricted, "ORDINARY_PROCEDURE")]
    [InlineData(Commitment, "dutyfree.dishonesty", Verdict.Restricted, "ORDINARY_PROCEDURE")]
    [InlineData(Commitment, "commitment.false", Verdict.Restricted, "ORDINARY_PROCEDURE")]
    [InlineData(Commitment, "market.abnormal-operation", Verdict.Caution, "EXTRA_CHECK")]
    [InlineData(Commitment, "tax.a-grade", Verdict.Favoured, "ACCEPT_INCOMPLETE")]
    [InlineData(Commitment, "customs.dutyfree-ban", Verdict.Clear, "")]
    [InlineData(Procurement, Court, Verdict.Restricted, "REFUSE")]
    [InlineData(Procurement, "tax.major-violation", Verdict.Restricted, "REFUSE")]
    [InlineData(Procurement, "procurement.serious-violation", Verdict.Restricted, "REFUSE")]
    [InlineData(Procurement, "market.serious-violation", Verdict.Caution, "EXTRA_CHECK")]
    [InlineData(Procurement, "market.abnormal-operation", Verdict.Caution, "EXTRA_CHECK")]
    [InlineData(Procurement, "dutyfree.dishonesty", Verdict.Clear, "")]
    public void Each_matter_concludes_what_the_contract_says(string matter, string list, Verdict verdict, string consequence)
    {
        var subject = Shipped.ListKind(list, new DateOnly(2026, 6, 1))!.SubjectKinds.Contains(IdKind.Uscc) ? Uscc() : Resident();
        var result = Evaluate(matter, Now, Fact(Published(list, subject)));
        Assert.Equal(verdict, result.Verdict);
        Assert.Equal(consequence, string.Join(',', result.Consequences.Select(c => c.Code)));
        Assert.All(result.Consequences, c => Assert.True(c.Basis.Length > 0 && c.En.Length > 0 && c.Zh.Length is > 0 and <= 60));
        Assert.Equal(verdict == Verdict.Clear ? 0 : 1, result.Matches.Count);
    }

    [Fact]
    public void A_clean_subject_costs_no_object()
    {
        var policy = new MatterPolicy(Shipped, Dutyfree, LegalDay.Of(Now));
        Assert.Same(VerdictResult.Clear, policy.Evaluate([], Now, true, 0));
        Assert.Same(VerdictResult.Clear, policy.Evaluate([Fact(Published())], Now, false, 0));
    }

    [Fact]
    public void An_honour_favours_only_alone()
    {
        var honour = Fact(Published("tax.a-grade"));
        var watch = Fact(Published("market.abnormal-operation"));
        var debtor = Fact(Published());
        (honour, watch, debtor) = (honour with { Entity = 1 }, watch with { Entity = 2 }, debtor with { Entity = 3 });
        Assert.Equal(Verdict.Favoured, Evaluate(Commitment, Now, honour).Verdict);
        Assert.Equal(Verdict.Caution, Evaluate(Commitment, Now, honour, watch).Verdict);
        var result = Evaluate(Commitment, Now, honour, watch, debtor);
        Assert.Equal(Verdict.Restricted, result.Verdict);
        Assert.Equal([2, 1], result.Matches);
        Assert.Equal(["ORDINARY_PROCEDURE", "EXTRA_CHECK"], result.Consequences.Select(c => c.Code));
    }

    [Fact]
    public void It_counts_from_the_first_tick_to_the_last_whatever_the_events_say()
    {
        var request = Request();
        request.EffectiveFrom = Stamp(Now.AddDays(1));
        request.EffectiveUntil = Stamp(Now.AddDays(2));
        var scheduled = ListingRules.Publish(request, Context);
        var active = ListingRules.Activate(scheduled, At(Now.AddDays(1)));
        var expired = ListingRules.Expire(active, At(Now.AddDays(3)));
        foreach (var listing in new[] { scheduled, active, expired })
        {
            Assert.Equal(Verdict.Clear, Evaluate(Commitment, Now.AddDays(1).AddTicks(-1), Fact(listing)).Verdict);
            Assert.Equal(Verdict.Restricted, Evaluate(Commitment, Now.AddDays(1), Fact(listing)).Verdict);
            Assert.Equal(Verdict.Restricted, Evaluate(Commitment, Now.AddDays(2).AddTicks(-1), Fact(listing)).Verdict);
            Assert.Equal(Verdict.Clear, Evaluate(Commitment, Now.AddDays(2), Fact(listing)).Verdict);
        }
    }

    [Fact]
    public void A_narrowed_listing_counts_only_where_its_measures_reach()
    {
        var request = Request();
        request.Measures.Add("procurement.no-bid");
        var fact = Fact(ListingRules.Publish(request, Context));
        Assert.Equal(Verdict.Clear, Evaluate(Commitment, Now, fact).Verdict);
        Assert.Equal(["procurement.no-bid"], Evaluate(Procurement, Now, fact).Measures);
    }

    [Theory]
    [InlineData(true, 0UL, Verdict.Restricted)]
    [InlineData(true, 5UL, Verdict.Restricted)]
    [InlineData(true, 6UL, Verdict.Caution)]
    [InlineData(false, 0UL, Verdict.Caution)]
    [InlineData(false, 5UL, Verdict.Restricted)]
    [InlineData(false, 6UL, Verdict.Caution)]
    public void A_hit_on_perhaps_another_person_asks_to_confirm_and_names_no_list(bool hasCheckDigit, ulong name, Verdict verdict)
    {
        var policy = new MatterPolicy(Shipped, Dutyfree, LegalDay.Of(Now));
        var fact = Fact(Published("customs.dutyfree-ban", Resident())) with { NameTag = 5 };
        var result = policy.Evaluate([fact], Now, hasCheckDigit, name);
        Assert.Equal(verdict, result.Verdict);
        if (verdict == Verdict.Caution)
        {
            Assert.Empty(result.Matches);
            Assert.Empty(result.Measures);
            Assert.Equal("CONFIRM_IDENTITY", Assert.Single(result.Consequences).Code);
        }
    }

    [Theory]
    [InlineData("某法 第一条", "2020-01-01", "", false, true)]
    [InlineData("", "2020-01-01", "", true, false)]
    [InlineData("某法 第一条", "2026-05-02", "", true, false)]
    [InlineData("某法 第一条", "2020-01-01", "2026-05-01", true, false)]
    [InlineData("某法 第一条", "", "", true, true)]
    [InlineData("某法 第一条", "", "", false, false)]
    public void A_related_person_counts_by_a_basis_and_the_role_at_the_conduct(
        string basis, string from, string until, bool responsible, bool counts)
    {
        var listing = Published();
        listing.RelatedPersons.Add(new RelatedPerson
        {
            Subject = Resident(),
            Name = "样例",
            Role = "legal-representative",
            Basis = basis,
            HeldFrom = from,
            HeldUntil = until,
            ResponsibleAtConduct = responsible,
        });
        var facts = new List<(SubjectId Id, ListingFact Fact)>();
        ListingFacts.From(1, listing, _ => 9, facts);
        Assert.Equal(counts, facts.Any(f => f.Id.Number == Person));
        Assert.Equal("subject", facts[0].Fact.Role);
        Assert.All(facts, f => Assert.Equal(9UL, f.Fact.NameTag));
    }

    [Fact]
    public void A_role_counts_only_in_matters_that_name_it()
    {
        var fact = Fact(Published()) with { Role = "legal-representative" };
        Assert.Equal(Verdict.Clear, Evaluate(Commitment, Now, fact).Verdict);
        var catalogue = Shipped.Catalogue.Clone();
        catalogue.Matters.Single(m => m.Code == Commitment).Rules[0].Roles.Add("legal-representative");
        var policy = new MatterPolicy(new CatalogueIndex(catalogue), Commitment, LegalDay.Of(Now));
        Assert.Equal(Verdict.Restricted, policy.Evaluate([fact], Now, true, 0).Verdict);
        Assert.Equal(Verdict.Clear, policy.Evaluate([fact with { IsReverse = true }], Now, true, 0).Verdict);
    }

    [Fact]
    public void A_listing_found_by_two_linked_ids_is_one_match()
    {
        var fact = Fact(Published());
        Assert.Equal([0], Evaluate(Commitment, Now, fact, fact).Matches);
        Assert.Equal([0, 1], Evaluate(Commitment, Now, fact, fact with { Entity = 2 }).Matches);
    }

    [Fact]
    public void Other_ids_count_once_each()
    {
        var listing = Published(Court, Resident());
        listing.OtherIds.Add([Resident(), Born(1980, 1, 1), Born(1980, 1, 1)]);
        var subjects = new List<ListedSubject>();
        ListingFacts.Subjects(listing, subjects);
        Assert.Equal([Person, Born(1980, 1, 1).Number], subjects.Select(s => s.Id.Number));
    }

    [Fact]
    public void An_unknown_matter_is_refused() => Refused(
        ErrorReason.MatterUnknown, "matter", () => _ = new MatterPolicy(Shipped, "no.such", LegalDay.Of(Now)));

    private static ListingFact Fact(Listing listing) => ListingFacts.From(1, listing);

    private static VerdictResult Evaluate(string matter, DateTimeOffset asOf, params ListingFact[] facts) =>
        new MatterPolicy(Shipped, matter, LegalDay.Of(asOf)).Evaluate(facts, asOf, hasCheckDigit: true, nameTag: 0);
}
