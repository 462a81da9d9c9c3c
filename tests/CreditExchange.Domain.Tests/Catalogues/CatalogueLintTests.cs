using CreditExchange.Domain.Catalogues;
using CreditExchange.V1;

namespace CreditExchange.Domain.Tests.Catalogues;

/// <summary>Each rule of the lint, on a copy of the shipped catalogue that is broken in one place.</summary>
public sealed class CatalogueLintTests
{
    private const string OpenPattern = @"^[\p{L}0-9]{1,64}$";

    /// <summary>What is broken, how, and the field that the fault must name.</summary>
    private static readonly Dictionary<string, (Action<Catalogue> Break, string Field)> Broken = new()
    {
        ["list code without a dot"] = (c => c.ListKinds[0].Code = "court", "code"),
        ["list code with capitals"] = (c => c.ListKinds[0].Code = "Court.Debtor", "code"),
        ["list code with a line break"] = (c => c.ListKinds[0].Code = "court.debtor\n", "code"),
        ["list code with a double hyphen"] = (c => c.ListKinds[0].Code = "court.judgment--debtor", "code"),
        ["measure code"] = (c => c.Measures[0].Code = "commitment.", "code"),
        ["matter code"] = (c => c.Matters[0].Code = ".purchase", "code"),
        ["role code"] = (c => c.Roles[0].Code = "legal representative", "code"),
        ["role twice"] = (c => c.Roles.Add(c.Roles[0].Clone()), "code"),
        ["day that doesn't exist"] = (c => c.ListKinds[0].ValidFrom = "2022-02-29", "valid_from"),
        ["row that ends before it begins"] = (c => c.Measures[0].ValidUntil = "1949-10-01", "valid_until"),
        ["end that is no day"] = (c => c.Matters[0].ValidUntil = "soon", "valid_until"),
        ["list rows overlap"] = (c => c.ListKinds.Add(c.ListKinds[0].Clone()), "valid_from"),
        ["measure rows overlap"] = (c => c.Measures.Add(c.Measures[0].Clone()), "valid_from"),
        ["matter rows overlap"] = (c => c.Matters.Add(c.Matters[0].Clone()), "valid_from"),
        ["list rows overlap by a day"] = (c => Dated(c).ValidUntil = "2026-04-02", "valid_from"),
        ["effect rows overlap"] = (c => c.EffectRules.Add(c.EffectRules[0].Clone()), "valid_from"),
        ["no Chinese name"] = (c => c.ListKinds[0].Name.Zh = "", "name.zh"),
        ["no English name"] = (c => c.ListKinds[0].Name.En = " ", "name.en"),
        ["no remedies"] = (c => c.ListKinds[0].Remedies = null, "remedies.zh"),
        ["no English criteria"] = (c => c.ListKinds[0].Criteria.En = "", "criteria.en"),
        ["no English measure"] = (c => c.Measures[0].CarriedOutBy.En = "", "carried_out_by.en"),
        ["no English owner"] = (c => c.Matters[0].Owner.En = "", "owner.en"),
        ["no Chinese role"] = (c => c.Roles[0].Name.Zh = "", "name.zh"),
        ["no basis of a list"] = (c => c.ListKinds[0].Basis = null, "basis.document"),
        ["no basis of a measure"] = (c => c.Measures[0].Basis.Document = "", "basis.document"),
        ["no basis of a matter"] = (c => c.Matters[0].Basis = null, "basis.document"),
        ["no basis of a rule"] = (c => c.Matters[0].Rules[0].Basis = null, "rules[0].basis.document"),
        ["no basis of an effect"] = (c => c.EffectRules[0].Basis = null, "basis.document"),
        ["confirmed basis without an article"] = (c =>
        {
            c.Measures[0].Basis.Article = "";
            c.Measures[0].Basis.Evidence = Evidence.Confirmed;
        }, "basis.article"),
        ["basis without a first day"] = (c => c.ListKinds[0].Basis.ValidFrom = "", "basis.valid_from"),
        ["basis that ends before it begins"] =
            (c => c.ListKinds[0].Basis.ValidUntil = c.ListKinds[0].Basis.ValidFrom, "basis.valid_until"),
        ["no evidence of a list"] = (c => c.ListKinds[0].Evidence = Evidence.Unspecified, "evidence"),
        ["no evidence of a basis"] = (c => c.Measures[0].Basis.Evidence = Evidence.Unspecified, "basis.evidence"),
        ["unknown evidence"] = (c => c.Matters[0].Evidence = (Evidence)9, "evidence"),
        ["row confirmed beyond its basis"] = (c =>
        {
            c.ListKinds[0].Evidence = Evidence.Confirmed;
            c.ListKinds[0].Basis.Evidence = Evidence.Unconfirmed;
        }, "evidence"),
        ["no polarity"] = (c => c.ListKinds[0].Polarity = Polarity.Unspecified, "polarity"),
        ["no publisher"] = (c => c.ListKinds[0].Publishers.Clear(), "publishers"),
        ["unknown ender"] = (c => c.ListKinds[0].Enders.Add((AgencyKind)99), "enders"),
        ["no kind of subject"] = (c => c.ListKinds[0].SubjectKinds.Clear(), "subject_kinds"),
        ["no way to end"] = (c => c.ListKinds[0].EndGrounds.Clear(), "end_grounds"),
        ["term as a ground"] = (c => c.ListKinds[0].EndGrounds.Add(EndGround.Term), "end_grounds"),
        ["error as a ground"] = (c => c.ListKinds[0].EndGrounds.Add(EndGround.Wrong), "end_grounds"),
        ["carried by a renewal"] = (c => c.ListKinds[0].CarriedBy.Add(SubjectRelation.Renewed), "carried_by"),
        ["no retention"] = (c => c.ListKinds[0].Retention = null, "retention"),
        ["unknown measure of a list"] = (c => c.ListKinds[0].DefaultMeasures.Add("no.such"), "default_measures"),
        ["measure twice"] =
            (c => c.ListKinds[0].DefaultMeasures.Add(c.ListKinds[0].DefaultMeasures[0]), "default_measures"),
        ["measure not yet there"] = (c => c.Measures[0].ValidFrom = "2099-01-01", "default_measures"),
        ["term without a start"] = (c => Termed(c).Term.Starts = TermStart.Unspecified, "term.starts"),
        ["least above most"] = (c => Termed(c).Term = new()
        {
            Starts = TermStart.Decision,
            MinimumMonths = 13,
            MaximumMonths = 12,
        }, "term.minimum_months"),
        ["default above most"] = (c => Termed(c).Term = new()
        {
            Starts = TermStart.Decision,
            MaximumMonths = 12,
            DefaultMonths = 13,
        }, "term.default_months"),
        ["default below least"] = (c => Termed(c).Term = new()
        {
            Starts = TermStart.Decision,
            MinimumMonths = 6,
            DefaultMonths = 3,
        }, "term.default_months"),
        ["term of centuries"] = (c => Termed(c).Term.DefaultMonths = 4000, "term"),
        ["default grade unknown"] = (c => Graded(c).DefaultGrade = "grave", "default_grade"),
        ["default grade missing"] = (c => Graded(c).DefaultGrade = "", "default_grade"),
        ["default grade without grades"] = (c => Graded(c).Grades.Clear(), "default_grade"),
        ["grade twice"] = (c => Graded(c).Grades.Add(Graded(c).Grades[0].Clone()), "grades[minor]"),
        ["grade without a name"] = (c => Graded(c).Grades[0].Name = null, "grades[minor].name.zh"),
        ["grade with a bad term"] = (c => Graded(c).Grades[0].Term = new() { DefaultMonths = 3 }, "grades[minor].term.starts"),
        ["a role without a number"] = (c => c.Roles[0].Number = 0, "number"),
        ["two roles of one number"] = (c => c.Roles[1].Number = c.Roles[0].Number, "number"),
        ["no class of a measure"] = (c => c.Measures[0].MeasureClass = MeasureClass.Unspecified, "measure_class"),
        ["unknown list in a rule"] = (c => c.Matters[0].Rules[0].ListCodes.Add("no.such"), "rules[0].list_codes"),
        ["no list in a rule"] = (c => c.Matters[0].Rules[0].ListCodes.Clear(), "rules[0].list_codes"),
        ["no rules"] = (c => c.Matters[0].Rules.Clear(), "rules"),
        ["unknown measure in a rule"] = (c => c.Matters[0].Rules[0].Measure = "no.such", "rules[0].measure"),
        ["measure the list never has"] =
            (c => c.Matters[0].Rules[0].Measure = "customs.facilitation", "rules[0].measure"),
        ["no conclusion"] = (c => c.Matters[0].Rules[0].Conclusion = Conclusion.Unspecified, "rules[0].conclusion"),
        ["unknown consequence"] = (c => c.Matters[0].Rules[0].Consequence = "ARREST", "rules[0].consequence"),
        ["no consequence"] = (c => c.Matters[0].Rules[0].Consequence = "", "rules[0].consequence"),
        ["text of 61 characters"] = (c => c.Matters[0].Rules[0].Text.Zh = new string('查', 61), "rules[0].text.zh"),
        ["unknown role"] = (c => c.Matters[0].Rules[0].Roles.Add("cousin"), "rules[0].roles"),
        ["unknown reverse role"] = (c => c.Matters[0].Rules[0].ReverseRoles.Add("cousin"), "rules[0].reverse_roles"),
        ["no staleness"] = (c => c.Matters[0].MaxStaleness = null, "max_staleness"),
        ["age of a partner that is none"] = (c => c.Matters[0].MaxPartnerAge = new Google.Protobuf.WellKnownTypes.Duration(), "max_partner_age"),
        ["negative reliance"] = (c => c.Matters[0].RelyFor = new() { Seconds = -1 }, "rely_for"),
        ["no rule for an outage"] = (c => c.Matters[0].OnUnavailable = OnUnavailable.Unspecified, "on_unavailable"),
        ["nobody decided"] = (c => c.Matters[0].OnUnavailableDecidedBy = "", "on_unavailable_decided_by"),
        ["a window of two days"] = (c => c.Matters[0].MisuseRules[0].Window.Seconds = 172_800, "misuse_rules[0].window"),
        ["a threshold of nothing"] = (c => c.Matters[0].MisuseRules[0].Threshold = 0, "misuse_rules[0].threshold"),
        ["no action"] = (c => c.Matters[0].MisuseRules[0].Action = MisuseAction.Unspecified, "misuse_rules[0].action"),
        ["a hit rate without hits"] = (c => c.Matters[0].MisuseRules[1].HitsPerMille = 0, "misuse_rules[1].hits_per_mille"),
        ["no budget"] = (c => c.Matters[0].DailyPersons = 0, "daily_persons"),
        ["counter sees matches"] =
            (c => c.Matters[0].MatchesVisibleTo.Add(RecipientKind.Counter), "matches_visible_to"),
        ["no pattern"] = (c => c.Matters[0].PurposePattern = "", "purpose_pattern"),
        ["unbalanced pattern"] = (c => c.Matters[0].PurposePattern = "a)(b", "purpose_pattern"),
        ["pattern that backtracks"] = (c => c.Matters[0].PurposePattern = @"(a)\1", "purpose_pattern"),
        ["pattern with look-ahead"] = (c => c.Matters[0].PurposePattern = "(?=a)a", "purpose_pattern"),
        ["pattern that takes nothing"] = (c => c.Matters[0].PurposePattern = "a*", "purpose_pattern"),
        ["pattern that takes anything"] = (c => c.Matters[0].PurposePattern = "^.+$", "purpose_pattern"),
        ["pattern with a space"] = (c => c.Matters[0].PurposePattern = "HN[0-9]+ [0-9]+", "purpose_pattern"),
        ["pattern with white space"] = (c => c.Matters[0].PurposePattern = @"HN\s[0-9]+", "purpose_pattern"),
        ["pattern that shuts out letters only"] = (c => c.Matters[0].PurposePattern = "^[^a-z]{12}$", "purpose_pattern"),
        ["mask without a recipient"] = (c => c.Masks[0].Recipient = RecipientKind.Unspecified, "recipient"),
        ["mask without states"] = (c => c.Masks[0].States.Clear(), "states"),
        ["mask without lists"] = (c => c.Masks[0].ListCodes.Clear(), "list_codes"),
        ["mask of an unknown list"] = (c => c.Masks[0].ListCodes.Add("no.such"), "list_codes"),
        ["mask of an unknown field"] = (c => c.Masks[1].Fields.Add("subjects"), "fields"),
        ["mask of an unknown part"] = (c => c.Masks[1].Fields.Add("related_persons.age"), "fields"),
        ["mask of a part of a text"] = (c => c.Masks[1].Fields.Add("reason.first"), "fields"),
        ["mask that shows a counter something"] = (c => Mask(c, RecipientKind.Counter).Fields.Add("list_code"), "fields"),
        ["no mask for partners"] = (c => { while (c.Masks.FirstOrDefault(m => m.Recipient == RecipientKind.Partner) is { } row) { c.Masks.Remove(row); } }, "recipient"),
        ["no mask for operators"] = (c => c.Masks.Remove(Mask(c, RecipientKind.Operator)), "recipient"),
        ["no effect of a state"] = (c => c.EffectRules.Remove(Rule(c, ListingState.Suspended)), "effect_rules"),
        ["gap between effect rows"] = (c => Rule(c, ListingState.Repaired).ValidUntil = "2026-03-31", "effect_rules"),
        ["effect that begins too late"] = (c => Rule(c, ListingState.Active).ValidFrom = "2022-01-02", "effect_rules"),
        ["effect that stops"] = (c => Rule(c, ListingState.Active).ValidUntil = "2030-01-01", "effect_rules"),
        ["effect without a rule for measures"] =
            (c => c.EffectRules[0].Measures = MeasuresRule.Unspecified, "measures"),
        ["policy that nothing answers"] = (c => c.Coverage[0].Codes.Clear(), "codes"),
        ["policy answered by an unknown code"] = (c => c.Coverage[0].Codes.Add("no.such"), "codes"),
        ["policy answered by a measure"] = (c => c.Coverage[0].Codes.Add(c.Measures[0].Code), "codes"),
        ["policy without an article"] = (c => c.Coverage[0].Article = "", "article"),
        ["no policies"] = (c => c.Coverage.Clear(), "coverage"),
        ["a matter is gone"] = (c => c.Matters.Remove(c.Matters.First(m => m.Code == "tender.bid")), "codes"),
        ["a list is gone"] = (c => c.ListKinds.Remove(c.ListKinds.First(k => k.Code == "ip.dishonesty")), "codes"),
        ["no lists"] = (c => c.ListKinds.Clear(), "list_kinds"),
        ["no matters"] = (c => c.Matters.Clear(), "matters"),
    };

    public static TheoryData<string> Names => [.. Broken.Keys];

    [Fact]
    public void The_shipped_catalogue_has_no_fault() => Assert.Empty(CatalogueLint.Check(CatalogueFiles.Shipped()));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_broken_row_is_found_and_its_field_named(string name)
    {
        var catalogue = CatalogueFiles.Shipped();
        Broken[name].Break(catalogue);
        var faults = CatalogueLint.Check(catalogue);
        Assert.Contains(faults, f => f.Field == Broken[name].Field);
        Assert.All(faults, f => Assert.True(f.Zh.Length > 0 && f.En.Length > 0));
    }

    [Fact]
    public void A_successor_keeps_lists_and_role_numbers()
    {
        var inForce = CatalogueFiles.Shipped();
        Assert.Empty(CatalogueLint.CheckSuccession(inForce, inForce.Clone()));
        var next = inForce.Clone();
        next.Roles[0].Number = 99;
        Assert.Equal("number", Assert.Single(CatalogueLint.CheckSuccession(inForce, next)).Field);
        next = inForce.Clone();
        next.ListKinds.Clear();
        Assert.Contains(CatalogueLint.CheckSuccession(inForce, next), f => f.Row == "tax.a-grade");
    }

    [Fact]
    public void An_empty_catalogue_is_refused_for_everything_it_lacks()
    {
        var fields = CatalogueLint.Check(new Catalogue()).Select(f => f.Field).ToHashSet();
        Assert.Superset(new HashSet<string> { "list_kinds", "matters", "recipient", "effect_rules", "coverage" }, fields);
    }

    [Fact]
    public void A_fault_names_the_row_by_its_code_and_first_day()
    {
        var catalogue = CatalogueFiles.Shipped();
        var kind = catalogue.ListKinds.First(k => k.Code == "customs.aeo");
        kind.Basis = null;
        var fault = Assert.Single(CatalogueLint.Check(catalogue));
        Assert.Equal(("customs.aeo@1949-10-01", "basis.document"), (fault.Row, fault.Field));
    }

    [Fact]
    public void Rows_of_one_code_may_follow_each_other_without_a_gap_or_with_one()
    {
        var catalogue = CatalogueFiles.Shipped();
        Dated(catalogue).ValidUntil = "2026-03-01";
        catalogue.Matters[0].PurposePattern = OpenPattern;
        Assert.Empty(CatalogueLint.Check(catalogue));
    }

    private static ListKind Dated(Catalogue c) =>
        c.ListKinds.First(k => k.Code == "commitment.false" && k.ValidUntil == "2026-04-01");

    private static ListKind Termed(Catalogue c) => c.ListKinds.First(k => k.Code == "tax.major-violation");

    private static ListKind Graded(Catalogue c) => c.ListKinds.First(k => k.Grades.Count > 0);

    private static MaskRow Mask(Catalogue c, RecipientKind recipient) => c.Masks.First(m => m.Recipient == recipient);

    private static EffectRule Rule(Catalogue c, ListingState state) => c.EffectRules.First(r => r.State == state);
}
