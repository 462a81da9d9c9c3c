using System.Collections.Frozen;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Recognition;
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
    private readonly RecognitionTable recognition;
    private readonly IPartnerAges ages;
    private readonly TimeSpan? maxPartnerAge;

    /// <summary>Compiles a matter.</summary>
    /// <param name="catalogue">The catalogue in force.</param>
    /// <param name="matterCode">Catalogue code of the matter.</param>
    /// <param name="day">The legal day of the evaluation.</param>
    /// <param name="recognition">The agreements in force; null: none, so that nothing recognised counts.</param>
    /// <param name="ages">How old partners' data is; null: never too old.</param>
    /// <exception cref="RuleViolation">MATTER_UNKNOWN.</exception>
    public MatterPolicy(
        CatalogueIndex catalogue, string matterCode, DateOnly day, RecognitionTable? recognition = null, IPartnerAges? ages = null)
    {
        this.recognition = recognition ?? RecognitionTable.Empty;
        this.ages = ages ?? UnboundedAges.Instance;
        Matter = catalogue.Matter(matterCode, day)
            ?? throw new RuleViolation(ErrorReason.MatterUnknown, "matter", ("matter", matterCode));
        Day = day;
        maxPartnerAge = Matter.MaxPartnerAge?.ToTimeSpan();
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
        unconfirmed = new VerdictResult(Verdict.Caution, [], [], [], [confirmIdentity]);
    }

    /// <summary>The matter's row: staleness, purpose pattern, budget and who sees matches. Not to be changed.</summary>
    public Matter Matter { get; }

    /// <summary>The legal day whose rules these are.</summary>
    public DateOnly Day { get; }

    /// <summary>The agreements in force whose recognition it counts.</summary>
    public RecognitionTable Recognition => recognition;

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
    /// <param name="flags">Recognised listings that are not executed here; null: none.</param>
    /// <remarks>A recognised listing counts by the row of an agreement in force alone, and for what the row recognises.</remarks>
    public VerdictResult Evaluate(
        ReadOnlySpan<ListingFact> facts, DateTimeOffset asOf, bool hasCheckDigit, ulong nameTag, ListingFlags? flags = null) =>
        facts.IsEmpty ? VerdictResult.Clear : EvaluateHits(facts, asOf, hasCheckDigit, nameTag, flags ?? ListingFlags.None);

    /// <summary>
    /// Whether a hit is the person asked for: a name that both sides know decides; without one only a check digit guards
    /// against a mistyped number.
    /// </summary>
    /// <param name="listed">Tag of the name in the listing; 0: not known.</param>
    /// <param name="hasCheckDigit">Whether the asked kind of id has a check digit.</param>
    /// <param name="asked">Tag of the name that the caller gave; 0: none.</param>
    public static bool IsSure(ulong listed, bool hasCheckDigit, ulong asked) =>
        asked != 0 && listed != 0 ? asked == listed : hasCheckDigit;

    private VerdictResult EvaluateHits(
        ReadOnlySpan<ListingFact> facts, DateTimeOffset asOf, bool hasCheckDigit, ulong nameTag, ListingFlags flags)
    {
        List<Hit>? hits = null;
        var unsure = false;
        var now = asOf.UtcTicks;
        for (var i = 0; i < facts.Length; i++)
        {
            ref readonly var fact = ref facts[i];
            if (!byList.TryGetValue(fact.ListCode, out var rules))
            {
                continue;
            }

            RecognisedRow? row = null;
            if (fact.Agreement.Length > 0)
            {
                row = recognition.Find(fact.Agreement, fact.Region, fact.ListCode, Day);
                if (row is null || !row.CountsIn(Matter.Code))
                {
                    continue;
                }
            }

            foreach (var rule in rules)
            {
                if (!rule.TakesRole(fact) || !Counts(fact, rule, row, now))
                {
                    continue;
                }

                var hit = row is null ? new Hit(i, rule, rule.Conclusion, rule.Consequence, null) : Recognised(i, fact, rule, row, asOf, flags);
                if (hit.Conclusion == Conclusion.Unspecified)
                {
                    continue;
                }

                if (IsSure(fact.NameTag, hasCheckDigit, nameTag))
                {
                    (hits ??= new(2)).Add(hit);
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

        return Conclude(facts, now, hits, unsure);
    }

    private static bool Counts(in ListingFact fact, CompiledRule rule, RecognisedRow? row, long now)
    {
        if (row is null || row.Measures.Count == 0 || fact.Measures.Length == 0)
        {
            return fact.CountsFor(rule.Measure, now);
        }

        if (rule.Measure.Length > 0)
        {
            return row.Recognises(rule.Measure) && fact.CountsFor(rule.Measure, now);
        }

        foreach (var measure in fact.Measures)
        {
            if (row.Recognises(measure.Code) && fact.CountsFor(measure.Code, now))
            {
                return true;
            }
        }

        return false;
    }

    // What a recognised hit is worth: this side's own decision first, then the age of what is known, then this side's law.
    private Hit Recognised(int index, in ListingFact fact, CompiledRule rule, RecognisedRow row, DateTimeOffset asOf, ListingFlags flags)
    {
        if (flags.Holds(fact.Entity, asOf.UtcTicks))
        {
            return Lesser(RecognitionNote.NotExecutedHere, Less(rule.Conclusion), "INFORM_ONLY",
                "本地决定不执行，仅供参考；有异议可向作出认定的单位提出", "By decision not executed here, for information; object at the authority that decided");
        }

        if (IsTooOld(row, asOf))
        {
            // An honour that may be gone favours nobody.
            return Lesser(RecognitionNote.PartnerDataOld, rule.Conclusion == Conclusion.Favour ? Conclusion.Unspecified : Conclusion.Caution,
                "EXTRA_CHECK", "对方数据已陈旧，请向认定地核实后办理", "The partner's data is old: confirm with the origin before acting");
        }

        if (row.Basis.Length > 0)
        {
            var note = new RecognitionNote(row.Region, row.Agreement, row.Article, "");
            return new Hit(index, rule, rule.Conclusion, rule.Consequence with { Basis = row.Basis, Recognised = note }, note);
        }

        return rule.Conclusion == Conclusion.Restrict || rule.Consequence.Code == "EXTRA_CHECK"
            ? Lesser(RecognitionNote.NoReceivingBasis, Conclusion.Caution, "EXTRA_CHECK",
                "外地认定，请加强核查，可向作出认定的单位核实或提出异议", "Listed elsewhere: check more closely; ask or object at the authority that decided")
            : Lesser(RecognitionNote.NoReceivingBasis, rule.Conclusion, "INFORM_ONLY",
                "外地认定，仅供参考，可向作出认定的单位核实", "Listed elsewhere, for information; ask at the authority that decided");

        Hit Lesser(string mark, Conclusion conclusion, string code, string zh, string en)
        {
            var note = new RecognitionNote(row.Region, row.Agreement, row.Article, mark);
            return new Hit(index, rule, conclusion, new VerdictConsequence(code, "", $"{row.Agreement} {row.Article}", zh, en, note), note);
        }
    }

    private bool IsTooOld(RecognisedRow row, DateTimeOffset asOf)
    {
        var most = row.MaxAge is { } agreed && (maxPartnerAge is null || agreed < maxPartnerAge) ? agreed : maxPartnerAge;
        return most is { } bound && ages.AgeOf(row.Agreement, asOf) > bound;
    }

    private static Conclusion Less(Conclusion conclusion) => conclusion == Conclusion.Restrict ? Conclusion.Caution : conclusion;

    private VerdictResult Conclude(ReadOnlySpan<ListingFact> facts, long asOf, List<Hit> hits, bool unsure)
    {
        var restricted = false;
        var cautioned = unsure;
        foreach (var hit in hits)
        {
            restricted |= hit.Conclusion == Conclusion.Restrict;
            cautioned |= hit.Conclusion == Conclusion.Caution;
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
        ReadOnlySpan<ListingFact> facts, long asOf, List<Hit> hits, Conclusion conclusion, ResultParts parts)
    {
        foreach (var hit in hits)
        {
            if (hit.Conclusion != conclusion)
            {
                continue;
            }

            AddMatch(facts, parts, hit);
            AddOnce(parts.Consequences, hit.Consequence);
            // A hit that counts for less carries out no measure.
            if (hit.Note is { Mark.Length: > 0 })
            {
                continue;
            }

            foreach (var measure in facts[hit.Fact].Measures)
            {
                if (measure.IsOn(asOf) && (hit.Rule.Measure.Length == 0 || hit.Rule.Measure == measure.Code))
                {
                    AddOnce(parts.Measures, measure.Code);
                }
            }
        }
    }

    // Linked ids can bring the same listing twice; it is one match.
    private static void AddMatch(ReadOnlySpan<ListingFact> facts, ResultParts parts, in Hit hit)
    {
        foreach (var match in parts.Matches)
        {
            if (match == hit.Fact || (facts[match].Entity == facts[hit.Fact].Entity && facts[match].Role == facts[hit.Fact].Role))
            {
                return;
            }
        }

        parts.Matches.Add(hit.Fact);
        parts.Notes.Add(hit.Note);
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

        public List<RecognitionNote?> Notes { get; } = new(2);

        public List<string> Measures { get; } = new(4);

        public List<VerdictConsequence> Consequences { get; } = new(2);

        public VerdictResult ToResult(Verdict verdict) => new(verdict, [.. Matches], [.. Notes], [.. Measures], [.. Consequences]);
    }

    private readonly record struct Hit(
        int Fact, CompiledRule Rule, Conclusion Conclusion, VerdictConsequence Consequence, RecognitionNote? Note);

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
