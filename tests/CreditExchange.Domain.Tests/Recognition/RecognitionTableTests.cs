using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Verdicts;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Tests.Recognition;

public sealed class RecognitionTableTests
{
    private const string Court = "court.dishonest-judgment-debtor";
    private const string Commitment = "approval.notification-commitment";
    private static readonly DateOnly Day = SampleAgreements.Today;
    private static readonly DateTimeOffset Now = new(2026, 6, 15, 4, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("440000", "2025-12-31", false)]
    [InlineData("440000", "2026-01-01", true)]
    [InlineData("440300", "2026-06-15", true)]
    [InlineData("440000", "2030-12-31", true)]
    [InlineData("440000", "2031-01-01", false)]
    [InlineData("450000", "2026-06-15", false)]
    [InlineData("", "2026-06-15", false)]
    public void A_row_is_found_on_its_days_for_its_region(string region, string day, bool found)
    {
        var table = RecognitionTable.Of([SampleAgreements.Agreement()]);
        var row = table.Find(SampleAgreements.Id, region, Court, DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(found, row is not null);
        Assert.Null(table.Find("GD-HI-OTHER", region, Court, Day));
        Assert.Null(table.Find(SampleAgreements.Id, region, "labour.wage-arrears", Day));
    }

    [Theory]
    [InlineData(AgreementState.Proposed)]
    [InlineData(AgreementState.Suspended)]
    [InlineData(AgreementState.Ended)]
    public void Only_an_agreement_in_force_stands_in_the_table(AgreementState state)
    {
        var table = RecognitionTable.Of([SampleAgreements.Agreement(state)]);
        Assert.Same(RecognitionTable.Empty, table);
        Assert.Equal(Verdict.Clear, Evaluate(table).Verdict);
    }

    [Fact]
    public void What_goes_to_whom_follows_from_the_rows()
    {
        var table = RecognitionTable.Of([SampleAgreements.Agreement()]);
        Assert.True(table.SharesWith("guangdong-hub", "460100", Court, Day));
        Assert.True(table.SharesWith("hainan-hub", "440000", Court, Day));
        Assert.False(table.SharesWith("guangdong-hub", "440000", Court, Day));
        Assert.False(table.SharesWith("guangxi-hub", "460000", Court, Day));
        Assert.False(table.SharesWith("guangdong-hub", "460000", "dutyfree.dishonesty", Day));
        Assert.False(table.SharesWith("guangdong-hub", "460000", Court, new DateOnly(2031, 1, 1)));
        Assert.Equal("article 3", table.FindOrigin("440000", Court, Day)!.Article);
    }

    [Fact]
    public void The_golden_texts_of_a_recognised_hit()
    {
        var full = Evaluate(RecognitionTable.Of([SampleAgreements.Agreement()]));
        AssertText(full, Verdict.Restricted, "ORDINARY_PROCEDURE", "琼府办〔2021〕4号 (五)", "",
            "信用修复前不适用告知承诺制，按一般程序办理，请到作出认定的单位核实或提出异议。");
        Assert.Equal("经440000认定，依协议GD-HI-2026-01第3条互认", full.Notes[0]!.Zh);
        Assert.Equal("recognised from 440000 under agreement GD-HI-2026-01, article 3", full.Notes[0]!.En);
        Assert.Equal(["commitment.ordinary-procedure"], full.Measures);

        var without = Evaluate(RecognitionTable.Of([SampleAgreements.Agreement(change: t => t.Rows[0].ReceivingBasis = null)]));
        AssertText(without, Verdict.Caution, "EXTRA_CHECK", "GD-HI-2026-01 article 3", "NO_RECEIVING_BASIS",
            "外地认定，请加强核查，可向作出认定的单位核实或提出异议");
        var flagged = Evaluate(RecognitionTable.Of([SampleAgreements.Agreement()]), ListingFlags.None.With(7, Now.AddDays(1).UtcTicks));
        AssertText(flagged, Verdict.Caution, "INFORM_ONLY", "GD-HI-2026-01 article 3", "NOT_EXECUTED_HERE",
            "本地决定不执行，仅供参考；有异议可向作出认定的单位提出");
        var old = Evaluate(Bounded(), ages: new Ages(TimeSpan.FromMinutes(11)));
        AssertText(old, Verdict.Caution, "EXTRA_CHECK", "GD-HI-2026-01 article 3", "PARTNER_DATA_OLD",
            "对方数据已陈旧，请向认定地核实后办理");
        Assert.Equal(Verdict.Restricted, Evaluate(Bounded(), ages: new Ages(TimeSpan.FromMinutes(10))).Verdict);
        // A flag that is over says nothing.
        Assert.Equal(Verdict.Restricted, Evaluate(RecognitionTable.Of([SampleAgreements.Agreement()]), ListingFlags.None.With(7, Now.UtcTicks)).Verdict);
        foreach (var text in new[] { full, without, flagged, old }.SelectMany(r => r.Consequences))
        {
            Assert.InRange(text.Zh.Length, 1, 60);
        }
    }

    [Fact]
    public void Only_the_recognised_measures_count()
    {
        var narrow = RecognitionTable.Of([SampleAgreements.Agreement(change: t =>
        {
            t.Rows[0].Measures.Clear();
            t.Rows[0].Measures.Add("tender.no-bid");
        })]);
        // The matter looks at the measure of commitments, which isn't recognised.
        Assert.Equal(Verdict.Clear, Evaluate(narrow).Verdict);
    }

    [Fact]
    public void A_recognised_hit_never_restricts_without_a_receiving_basis_whatever_else_is_drawn()
    {
        var random = new Random(44);
        var matters = SampleAgreements.Catalogue.Catalogue.Matters.Select(m => m.Code).Distinct().ToArray();
        string[] lists = [Court, "tax.major-violation", "market.serious-violation", "tax.a-grade"];
        for (var i = 0; i < 400; i++)
        {
            var withBasis = random.Next(2) == 0;
            var state = (AgreementState)random.Next(1, 5);
            var table = RecognitionTable.Of([SampleAgreements.Agreement(state, t =>
            {
                foreach (var row in t.Rows.Where(_ => !withBasis))
                {
                    row.ReceivingBasis = null;
                }
            })]);
            var list = lists[random.Next(lists.Length)];
            var policy = new MatterPolicy(SampleAgreements.Catalogue, matters[random.Next(matters.Length)], Day, table);
            var result = policy.Evaluate([Fact(list, SampleAgreements.Catalogue.ListKind(list, Day)!.DefaultMeasures)], Now, true, 0);
            Assert.True(withBasis || result.Verdict != Verdict.Restricted);
            Assert.True(state == AgreementState.InForce || result.Verdict == Verdict.Clear);
            Assert.All(result.Consequences, c => Assert.NotNull(c.Recognised));
            Assert.Equal(result.Matches.Count, result.Notes.Count);
            Assert.True(withBasis || result.Consequences.All(c => c.Code is "EXTRA_CHECK" or "INFORM_ONLY"));
        }
    }

    private static RecognitionTable Bounded() => RecognitionTable.Of(
        [SampleAgreements.Agreement(change: t => t.MaxAge = Duration.FromTimeSpan(TimeSpan.FromMinutes(10)))]);

    private static void AssertText(VerdictResult result, Verdict verdict, string code, string basis, string mark, string zh)
    {
        var consequence = Assert.Single(result.Consequences);
        Assert.Equal((verdict, code, basis, zh), (result.Verdict, consequence.Code, consequence.Basis, consequence.Zh));
        Assert.Equal(mark, Assert.Single(result.Notes)!.Mark);
    }

    private static VerdictResult Evaluate(RecognitionTable table, ListingFlags? flags = null, IPartnerAges? ages = null) =>
        new MatterPolicy(SampleAgreements.Catalogue, Commitment, Day, table, ages).Evaluate(
            [Fact(Court, ["commitment.ordinary-procedure"])], Now, hasCheckDigit: true, nameTag: 0, flags);

    private static ListingFact Fact(string list, IEnumerable<string> measures) => new(
        7, list, ListingFacts.SubjectRole, false, ListingState.Active, 0, long.MaxValue, 0, "440100", "440000/gz-court", SampleAgreements.Id,
        [.. measures.Select(m => new MeasureFact(m, 0, long.MaxValue))]);

    private sealed class Ages(TimeSpan age) : IPartnerAges
    {
        public TimeSpan AgeOf(string agreement, DateTimeOffset asOf) => age;
    }
}
