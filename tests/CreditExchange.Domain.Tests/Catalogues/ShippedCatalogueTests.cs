using CreditExchange.Domain.Catalogues;
using CreditExchange.V1;

namespace CreditExchange.Domain.Tests.Catalogues;

/// <summary>What samples and callers rely on, read back from the shipped data.</summary>
public sealed class ShippedCatalogueTests
{
    private static readonly CatalogueIndex Index = new(CatalogueFiles.Shipped());
    private static readonly DateOnly Today = new(2026, 11, 22);

    private static readonly string[] AllKinds =
    [
        "court.dishonest-judgment-debtor", "tax.major-violation", "market.serious-violation",
        "market.abnormal-operation", "procurement.serious-violation", "dutyfree.dishonesty", "customs.dutyfree-ban",
        "commitment.false", "tax.a-grade",
    ];

    [Theory]
    [InlineData("court.dishonest-judgment-debtor", AgencyKind.Court, Polarity.Restrict)]
    [InlineData("tax.major-violation", AgencyKind.Tax, Polarity.Restrict)]
    [InlineData("tax.a-grade", AgencyKind.Tax, Polarity.Honour)]
    [InlineData("market.serious-violation", AgencyKind.MarketRegulation, Polarity.Restrict)]
    [InlineData("market.abnormal-operation", AgencyKind.MarketRegulation, Polarity.Watch)]
    [InlineData("procurement.serious-violation", AgencyKind.Finance, Polarity.Restrict)]
    [InlineData("dutyfree.dishonesty", AgencyKind.Customs, Polarity.Restrict)]
    [InlineData("customs.dutyfree-ban", AgencyKind.Customs, Polarity.Ban)]
    [InlineData("commitment.false", AgencyKind.Approval, Polarity.Restrict)]
    [InlineData("labour.wage-arrears", AgencyKind.HumanResources, Polarity.Restrict)]
    [InlineData("record.licence", AgencyKind.Approval, Polarity.Record)]
    public void A_kind_is_published_by_its_authority(string code, AgencyKind publisher, Polarity polarity)
    {
        foreach (var kind in Index.Catalogue.ListKinds.Where(k => k.Code == code))
        {
            Assert.Contains(publisher, kind.Publishers);
            Assert.Equal(polarity, kind.Polarity);
        }

        Assert.True(Index.KnowsList(code));
    }

    [Fact]
    public void The_kinds_of_the_contract_take_every_kind_of_subject()
    {
        var every = Enum.GetValues<IdKind>().Where(k => k != IdKind.Unspecified).ToHashSet();
        foreach (var kind in Index.Catalogue.ListKinds.Where(k => AllKinds.Contains(k.Code)))
        {
            Assert.Equal(every, [.. kind.SubjectKinds]);
        }
    }

    [Fact]
    public void No_kind_asks_for_more_than_conduct_and_notice_and_every_one_can_be_repaired()
    {
        Assert.All(Index.Catalogue.ListKinds, kind =>
        {
            Assert.False(kind.Required.PersonalPublicationBasis);
            Assert.Contains(EndGround.Repair, kind.EndGrounds);
            Assert.True(kind.MinimumAge <= 18);
        });
    }

    [Fact]
    public void Every_kind_has_a_row_from_the_first_day_on_so_that_an_early_decision_lacks_a_basis_and_not_a_kind()
    {
        foreach (var code in Index.Catalogue.ListKinds.Select(k => k.Code).Distinct())
        {
            Assert.NotNull(Index.ListKind(code, LegalDay.First));
            Assert.NotNull(Index.ListKind(code, Today));
        }
    }

    [Fact]
    public void Every_kind_has_a_basis_in_force_today_and_dutyfree_dishonesty_none_before_2022()
    {
        foreach (var code in Index.Catalogue.ListKinds.Select(k => k.Code).Distinct())
        {
            var basis = Index.ListKind(code, Today)!.Basis;
            Assert.True(LegalDay.Covers(basis.ValidFrom, basis.ValidUntil, Today), code);
        }

        var dutyfree = Index.ListKind("dutyfree.dishonesty", new(2021, 12, 31))!.Basis;
        Assert.False(LegalDay.Covers(dutyfree.ValidFrom, dutyfree.ValidUntil, new(2021, 12, 31)));
        Assert.True(LegalDay.Covers(dutyfree.ValidFrom, dutyfree.ValidUntil, new(2022, 1, 1)));
    }

    [Fact]
    public void The_court_may_end_a_listing_on_each_of_its_grounds() => Assert.Equal(
        new HashSet<EndGround>
        {
            EndGround.DutyDone, EndGround.Settled, EndGround.CreditorConsent, EndGround.NoAssets,
            EndGround.ProceedingStayed, EndGround.Terminated, EndGround.SubjectDeceased, EndGround.SubjectDissolved,
            EndGround.Repair,
        },
        [.. Index.ListKind("court.dishonest-judgment-debtor", Today)!.EndGrounds]);

    [Fact]
    public void The_dutyfree_counter_consults_two_lists_and_both_refuse()
    {
        Assert.Equal(
            [
                ("customs.dutyfree-ban", Conclusion.Restrict, "REFUSE"),
                ("dutyfree.dishonesty", Conclusion.Restrict, "REFUSE"),
            ],
            Outcomes("dutyfree.offshore-purchase"));
    }

    [Fact]
    public void Notification_commitment_follows_the_contract()
    {
        Assert.Equal(
            [
                ("commitment.false", Conclusion.Restrict, "ORDINARY_PROCEDURE"),
                ("court.dishonest-judgment-debtor", Conclusion.Restrict, "ORDINARY_PROCEDURE"),
                ("dutyfree.dishonesty", Conclusion.Restrict, "ORDINARY_PROCEDURE"),
                ("market.abnormal-operation", Conclusion.Caution, "EXTRA_CHECK"),
                ("market.serious-violation", Conclusion.Restrict, "ORDINARY_PROCEDURE"),
                ("tax.a-grade", Conclusion.Favour, "ACCEPT_INCOMPLETE"),
                ("tax.major-violation", Conclusion.Restrict, "ORDINARY_PROCEDURE"),
            ],
            Outcomes("approval.notification-commitment"));
    }

    [Fact]
    public void A_government_bid_follows_the_contract()
    {
        Assert.Equal(
            [
                ("court.dishonest-judgment-debtor", Conclusion.Restrict, "REFUSE"),
                ("market.abnormal-operation", Conclusion.Caution, "EXTRA_CHECK"),
                ("market.serious-violation", Conclusion.Caution, "EXTRA_CHECK"),
                ("procurement.serious-violation", Conclusion.Restrict, "REFUSE"),
                ("tax.major-violation", Conclusion.Restrict, "REFUSE"),
            ],
            Outcomes("procurement.government-bid"));
    }

    [Fact]
    public void A_rule_that_needs_a_measure_finds_it_in_the_default_set_of_every_list_it_names_on_every_day()
    {
        foreach (var rule in Index.Catalogue.Matters.SelectMany(m => m.Rules).Where(r => r.Measure.Length > 0))
        {
            var kinds = Index.Catalogue.ListKinds.Where(k => rule.ListCodes.Contains(k.Code));
            Assert.All(kinds, k => Assert.Contains(rule.Measure, k.DefaultMeasures));
        }
    }

    [Fact]
    public void Every_matter_keeps_the_promises_of_the_contract()
    {
        Assert.All(Index.Catalogue.Matters, matter =>
        {
            Assert.True(matter.DailyPersons >= 50_000);
            Assert.All(matter.MisuseRules, rule => Assert.Equal(MisuseAction.Alarm, rule.Action));
            Assert.Equal(
                [MisuseKind.ConsecutiveSerials, MisuseKind.LowHitRate, MisuseKind.OnePurpose], matter.MisuseRules.Select(rule => rule.Kind));
            Assert.DoesNotContain(RecipientKind.Counter, matter.MatchesVisibleTo);
            Assert.Contains(RecipientKind.Agency, matter.MatchesVisibleTo);
            Assert.All(matter.Rules, rule => Assert.Empty(rule.Roles.Concat(rule.ReverseRoles)));
        });
    }

    [Fact]
    public void The_rules_of_repair_change_on_2026_04_01()
    {
        var before = Effect(ListingState.Repaired, new(2026, 3, 31));
        var after = Effect(ListingState.Repaired, new(2026, 4, 1));
        Assert.Equal((false, true, MeasuresRule.KeepIndependent), (before.Publication, before.Sharing, before.Measures));
        Assert.Equal((false, false, MeasuresRule.Off), (after.Publication, after.Sharing, after.Measures));
        Assert.Empty(Index.ListKind("commitment.false", new(2026, 3, 31))!.Grades);
        Assert.Equal(
            ["minor", "general", "serious"],
            Index.ListKind("record.administrative-penalty", new(2026, 4, 1))!.Grades.Select(g => g.Code));
    }

    [Fact]
    public void Grades_of_a_penalty_have_the_terms_of_the_order_that_names_them()
    {
        var kind = Index.ListKind("record.administrative-penalty", Today)!;
        Assert.All(kind.Grades, g => Assert.Equal(TermStart.Decision, g.Term.Starts));
        Assert.Equal(
            [("minor", false, 0u, 3u), ("general", true, 3u, 12u), ("serious", true, 12u, 36u)],
            kind.Grades.Select(g => (g.Code, g.Published, g.Term.MinimumMonths, g.Term.MaximumMonths)));
    }

    [Theory]
    [InlineData(ListingState.Active, true, true, MeasuresRule.On)]
    [InlineData(ListingState.Scheduled, false, true, MeasuresRule.Off)]
    [InlineData(ListingState.Suspended, false, true, MeasuresRule.Off)]
    [InlineData(ListingState.Withdrawn, false, false, MeasuresRule.Off)]
    [InlineData(ListingState.Expired, false, false, MeasuresRule.Off)]
    [InlineData(ListingState.Ended, false, false, MeasuresRule.KeepIndependent)]
    public void A_state_bears_on_the_three_effects(ListingState state, bool publication, bool sharing, MeasuresRule measures)
    {
        var rule = Effect(state, Today);
        Assert.Equal((publication, sharing, measures), (rule.Publication, rule.Sharing, rule.Measures));
    }

    [Fact]
    public void Only_the_publisher_sees_notices_other_documents_and_related_persons_ids()
    {
        string[] hidden = ["*", "notice", "personal_publication_basis", "related_persons", "related_persons.subject", "other_ids"];
        foreach (var mask in Index.Catalogue.Masks.Where(m => m.Recipient != RecipientKind.Publisher))
        {
            Assert.DoesNotContain(
                mask.Fields, f => hidden.Contains(f) || f.StartsWith("notice.", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Agencies_see_no_identity_in_a_final_state_and_operators_in_none()
    {
        foreach (var state in Enum.GetValues<ListingState>().Where(s => s != ListingState.Unspecified))
        {
            Assert.DoesNotContain("subject", Fields(RecipientKind.Operator, state));
            Assert.DoesNotContain("subject_name", Fields(RecipientKind.Operator, state));
            Assert.Empty(Fields(RecipientKind.Counter, state));
            var live = state is ListingState.Active or ListingState.Scheduled or ListingState.Suspended;
            Assert.Equal(live, Fields(RecipientKind.Agency, state).Contains("subject"));
            Assert.Contains("subject_token", Fields(RecipientKind.Agency, state));
        }
    }

    [Fact]
    public void Another_province_sees_no_person_but_by_a_token_and_of_an_end_nobody()
    {
        var rows = Index.Catalogue.Masks.Where(m => m.Recipient == RecipientKind.Partner).ToList();
        Assert.Equal([true, false, false], rows.Select(m => m.OrganisationsOnly));
        Assert.All(rows.Skip(1), m => Assert.Empty(m.Fields.Intersect(["subject", "subject_name", "reason", "document", "source_ref"])));
        Assert.All(rows.Skip(1), m => Assert.Contains("subject_token", m.Fields));
    }

    [Fact]
    public void What_was_not_confirmed_says_so() => Assert.Contains(
        Index.Catalogue.ListKinds, k => k.Evidence == Evidence.Unconfirmed);

    private static List<(string List, Conclusion Conclusion, string Consequence)> Outcomes(string matter) =>
        [.. Index.Matter(matter, Today)!.Rules
            .SelectMany(r => r.ListCodes.Select(list => (list, r.Conclusion, r.Consequence)))
            .OrderBy(o => o.list, StringComparer.Ordinal)];

    private static EffectRule Effect(ListingState state, DateOnly day) => Assert.Single(
        Index.Catalogue.EffectRules, r => r.State == state && LegalDay.Covers(r.ValidFrom, r.ValidUntil, day));

    private static HashSet<string> Fields(RecipientKind recipient, ListingState state) =>
        [.. Index.Catalogue.Masks.First(m => m.Recipient == recipient && m.States.Contains(state)).Fields];
}
