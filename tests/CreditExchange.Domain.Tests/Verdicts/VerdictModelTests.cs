using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Verdicts;
using CreditExchange.V1;

namespace CreditExchange.Domain.Tests.Verdicts;

/// <summary>Random facts and rules against a slow, obvious reading of storage.md and contract.md.</summary>
public class VerdictModelTests
{
    private static readonly string[] Lists = ["a.a", "b.b", "c.c"];
    private static readonly string[] Measures = ["m1", "m2"];
    private static readonly string[] Roles = ["r1", "r2"];

    [Theory]
    [InlineData(1)]
    [InlineData(20260615)]
    [InlineData(4711)]
    public void The_policy_agrees_with_the_plain_reading(int seed)
    {
        var random = new Random(seed);
        var seen = new HashSet<Verdict>();
        for (var round = 0; round < 3000; round++)
        {
            var matter = RandomMatter(random);
            var catalogue = new CatalogueIndex(new Catalogue { Matters = { matter } });
            var policy = new MatterPolicy(catalogue, "m", new DateOnly(2026, 6, 15));
            ListingFact[] facts = [.. Enumerable.Range(0, random.Next(4)).Select(i => RandomFact(random) with { Entity = i })];
            var asOf = new DateTimeOffset(random.Next(6), TimeSpan.Zero);
            var hasCheckDigit = random.Next(3) > 0;
            var name = (ulong)random.Next(3);
            var result = policy.Evaluate(facts, asOf, hasCheckDigit, name);
            var expected = Plain(matter, facts, asOf.UtcTicks, hasCheckDigit, name);
            Assert.True(expected == (result.Verdict, string.Join(',', result.Matches.Order())), $"seed {seed}, round {round}");
            seen.Add(result.Verdict);
        }

        Assert.Equal(4, seen.Count);
    }

    private static (Verdict Verdict, string Matches) Plain(
        Matter matter, ListingFact[] facts, long now, bool hasCheckDigit, ulong name)
    {
        var hits = (from i in Enumerable.Range(0, facts.Length)
                    from rule in matter.Rules
                    let f = facts[i]
                    where rule.ListCodes.Contains(f.ListCode)
                        && (f.Role == "subject" ? !f.IsReverse : f.IsReverse ? rule.ReverseRoles.Contains(f.Role) : rule.Roles.Contains(f.Role))
                        && f.State is not (ListingState.Suspended or ListingState.Withdrawn)
                        && (f.Measures.Length == 0
                            ? f.State is (ListingState.Active or ListingState.Scheduled)
                                && rule.Measure == "" && f.FromTicks <= now && now < f.UntilTicks
                            : f.Measures.Any(m => (rule.Measure == "" || m.Code == rule.Measure) && m.FromTicks <= now && now < m.UntilTicks))
                    let sure = name != 0 && f.NameTag != 0 ? name == f.NameTag : hasCheckDigit
                    select (Fact: i, rule.Conclusion, Sure: sure)).ToArray();
        string Of(params Conclusion[] conclusions) => string.Join(
            ',', hits.Where(h => h.Sure && conclusions.Contains(h.Conclusion)).Select(h => h.Fact).Distinct().Order());
        if (hits.Any(h => h.Sure && h.Conclusion == Conclusion.Restrict))
        {
            return (Verdict.Restricted, Of(Conclusion.Restrict, Conclusion.Caution));
        }

        if (hits.Any(h => !h.Sure || h.Conclusion == Conclusion.Caution))
        {
            return (Verdict.Caution, Of(Conclusion.Caution));
        }

        return hits.Length > 0 ? (Verdict.Favoured, Of(Conclusion.Favour)) : (Verdict.Clear, "");
    }

    private static Matter RandomMatter(Random random)
    {
        var matter = new Matter { Code = "m", ValidFrom = "2000-01-01", Basis = new LegalBasis { Document = "d" } };
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var rule = new MatterRule
            {
                Conclusion = (Conclusion)random.Next(1, 4),
                Consequence = "X" + i,
                Measure = random.Next(2) == 0 ? "" : Pick(random, Measures),
            };
            rule.ListCodes.Add(Lists.Where(_ => random.Next(2) == 0));
            rule.Roles.Add(Roles.Where(_ => random.Next(2) == 0));
            rule.ReverseRoles.Add(Roles.Where(_ => random.Next(2) == 0));
            matter.Rules.Add(rule);
        }

        return matter;
    }

    private static ListingFact RandomFact(Random random)
    {
        long from = random.Next(4);
        long until = from + random.Next(4);
        MeasureFact[] measures =
            [.. Measures.Where(_ => random.Next(2) == 0).Select(m => new MeasureFact(m, from, from + random.Next(5)))];
        var role = random.Next(2) == 0 ? "subject" : Pick(random, Roles);
        return new ListingFact(
            1, Pick(random, Lists), role, role != "subject" && random.Next(2) == 0, (ListingState)random.Next(1, 8),
            from, until, (ulong)random.Next(3), "460000", "a", "", measures);
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
