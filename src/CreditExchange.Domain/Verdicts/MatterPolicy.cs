using System.Collections.Frozen;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Listings;
using CreditExchange.V1;

namespace CreditExchange.Domain.Verdicts;

/// <summary>
/// One matter by the rules of one day, compiled: keep one per matter and day. Immutable and safe for many threads.
/// </summary>
public sealed class MatterPolicy
{
    private readonly FrozenDictionary<string, CompiledRule[]> byList;
    private readonly VerdictResult unconfirmed;
    private readonly VerdictConsequence confirmIdentity;

    /// <summary>Compiles a matter.</summary>
    /// <param name="catalogue">The catalogue in force.</param>
    /// <param name="matterCode">Catalogue code of the matter.</param>
    /// <param name="day">The legal day of the evaluation.</param>
    /// <exception cref="RuleViolation">MATTER_UNKNOWN.</exception>
    public MatterPolicy(CatalogueIndex catalogue, string matterCode, DateOnly day)
    {
        Matter = catalogue.Matter(matterCode, day)
            ?? throw new RuleViolation(ErrorReason.MatterUnknown, "matter", ("matter", matterCode));
        Day = day;
        var rules = new Dictionary<string, List<CompiledRule>>(StringComparer.Ordinal);
        foreach (var row in Matter.Rules)
        {
            var compiled = new CompiledRule(row);
            foreach (var list in row.ListCodes)
            {
                if (!rules.TryGetValue(list, out var ofList))
                {
                    rules.Add(list, ofList = []);
                }

                ofList.Add(compiled);
            }
        }

        byList = rules.ToFrozenDictionary(r => r.Key, r => r.Value.ToArray(), StringComparer.Ordinal);
        confirmIdentity = new VerdictConsequence(
            "CONFIRM_IDENTITY",
            "",
            LegalTexts.Citation(Matter.Basis),
            "请核对证件与姓名，确认是否为本人；有异议可向本窗口提出",
            "Confirm the identity by document and name; objections can be made at this counter");
        unconfirmed = new VerdictResult(Verdict.Caution, [], [], [confirmIdentity]);
    }

    /// <summary>The matter's row: staleness, purpose pattern, budget and who sees matches. Not to be changed.</summary>
    public Matter Matter { get; }

    /// <summary>The legal day whose rules these are.</summary>
    public DateOnly Day { get; }

    /// <summary>Whether the matter takes this kind of id.</summary>
    public bool Takes(IdKind kind) => Matter.SubjectKinds.Contains(kind);

    /// <summary>
    /// What the facts mean. RESTRICT outweighs CAUTION, which outweighs FAVOUR. A hit whose person is not sure (an id without a
    /// check digit and no matching name, or another name than the listing's) is a CAUTION to confirm the identity, and names
    /// no list.
    /// </summary>
    /// <param name="facts">All facts of the subject and of the ids that carry over to it.</param>
    /// <param name="asOf">The time of the evaluation; the matter's rules are those of <see cref="Day"/>.</param>
    /// <param name="hasCheckDigit">Whether the asked kind of id has a check digit.</param>
    /// <param name="nameTag">Keyed tag of the name that the caller gave; 0: none.</param>
    public VerdictResult Evaluate(ReadOnlySpan<ListingFact> facts, DateTimeOffset asOf, bool hasCheckDigit, ulong nameTag) =>
        facts.IsEmpty ? VerdictResult.Clear : EvaluateHits(facts, asOf.UtcTicks, hasCheckDigit, nameTag);

    /// <summary>
    /// Whether a hit is the person asked for: a name that both sides know decides; without one only a check digit guards
    /// against a mistyped number.
    /// </summary>
    /// <param name="listed">Tag of the name in the listing; 0: not known.</param>
    /// <param name="hasCheckDigit">Whether the asked kind of id has a check digit.</param>
    /// <param name="asked">Tag of the name that the caller gave; 0: none.</param>
    public static bool IsSure(ulong listed, bool hasCheckDigit, ulong asked) =>
        asked != 0 && listed != 0 ? asked == listed : hasCheckDigit;

    private VerdictResult EvaluateHits(ReadOnlySpan<ListingFact> facts, long asOf, bool hasCheckDigit, ulong nameTag)
    {
        List<(int Fact, CompiledRule Rule)>? hits = null;
        var unsure = false;
        for (var i = 0; i < facts.Length; i++)
        {
            ref readonly var fact = ref facts[i];
            if (!byList.TryGetValue(fact.ListCode, out var rules))
            {
                continue;
            }

            foreach (var rule in rules)
            {
                if (!rule.TakesRole(fact) || !fact.CountsFor(rule.Measure, asOf))
                {
                    continue;
                }

                if (IsSure(fact.NameTag, hasCheckDigit, nameTag))
                {
                    (hits ??= new(2)).Add((i, rule));
                }
                else
                {
                    unsure = true;
                }
            }
        }

        if (hits is null)
        {
            return unsure ? unconfirmed : VerdictResult.Clear;
        }

        return Conclude(facts, asOf, hits, unsure);
    }

    private VerdictResult Conclude(
        ReadOnlySpan<ListingFact> facts, long asOf, List<(int Fact, CompiledRule Rule)> hits, bool unsure)
    {
        var restricted = false;
        var cautioned = unsure;
        foreach (var (_, rule) in hits)
        {
            restricted |= rule.Conclusion == Conclusion.Restrict;
            cautioned |= rule.Conclusion == Conclusion.Caution;
        }

        var parts = new ResultParts();
        if (restricted)
        {
            Collect(facts, asOf, hits, Conclusion.Restrict, parts);
        }

        if (restricted || cautioned)
        {
            Collect(facts, asOf, hits, Conclusion.Caution, parts);
            if (unsure)
            {
                parts.Consequences.Add(confirmIdentity);
            }

            return parts.ToResult(restricted ? Verdict.Restricted : Verdict.Caution);
        }

        Collect(facts, asOf, hits, Conclusion.Favour, parts);
        return parts.Matches.Count == 0 ? VerdictResult.Clear : parts.ToResult(Verdict.Favoured);
    }

    private static void Collect(
        ReadOnlySpan<ListingFact> facts, long asOf, List<(int Fact, CompiledRule Rule)> hits, Conclusion conclusion, ResultParts parts)
    {
        foreach (var (index, rule) in hits)
        {
            if (rule.Conclusion != conclusion)
            {
                continue;
            }

            AddMatch(facts, parts.Matches, index);
            AddOnce(parts.Consequences, rule.Consequence);
            foreach (var measure in facts[index].Measures)
            {
                if (measure.IsOn(asOf) && (rule.Measure.Length == 0 || rule.Measure == measure.Code))
                {
                    AddOnce(parts.Measures, measure.Code);
                }
            }
        }
    }


    // Linked ids can bring the same listing twice; it is one match.
    private static void AddMatch(ReadOnlySpan<ListingFact> facts, List<int> matches, int index)
    {
        foreach (var match in matches)
        {
            if (match == index || (facts[match].Entity == facts[index].Entity && facts[match].Role == facts[index].Role))
            {
                return;
            }
        }

        matches.Add(index);
    }

    private static void AddOnce<T>(List<T> list, T item)
    {
        if (!list.Contains(item))
        {
            list.Add(item);
        }
    }

    private sealed class ResultParts
    {
        public List<int> Matches { get; } = new(2);

        public List<string> Measures { get; } = new(4);

        public List<VerdictConsequence> Consequences { get; } = new(2);

        public VerdictResult ToResult(Verdict verdict) => new(verdict, [.. Matches], [.. Measures], [.. Consequences]);
    }

    private sealed class CompiledRule(MatterRule rule)
    {
        private readonly FrozenSet<string> roles = rule.Roles.ToFrozenSet(StringComparer.Ordinal);
        private readonly FrozenSet<string> reverseRoles = rule.ReverseRoles.ToFrozenSet(StringComparer.Ordinal);

        public string Measure { get; } = CodePool.Share(rule.Measure);

        public Conclusion Conclusion { get; } = rule.Conclusion;

        public VerdictConsequence Consequence { get; } = new(
            rule.Consequence, rule.Measure, LegalTexts.Citation(rule.Basis), rule.Text?.Zh ?? "", rule.Text?.En ?? "");

        public bool TakesRole(in ListingFact fact) => fact.Role == ListingFacts.SubjectRole
            ? !fact.IsReverse
            : (fact.IsReverse ? reverseRoles : roles).Contains(fact.Role);
    }
}
