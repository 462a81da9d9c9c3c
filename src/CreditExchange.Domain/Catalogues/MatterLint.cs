using System.Text.RegularExpressions;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Catalogues;

/// <summary>Checks the rows of matters.</summary>
internal static class MatterLint
{
    private const int LongestPurpose = 64;

    private static readonly HashSet<string> Consequences = new(StringComparer.Ordinal)
    {
        "ORDINARY_PROCEDURE", "REFUSE", "EXTRA_CHECK", "CONFIRM_IDENTITY", "RAISE_SAMPLING", "LOWER_SAMPLING",
        "ACCEPT_INCOMPLETE", "INFORM_ONLY",
    };

    public static void Check(Catalogue catalogue, CatalogueCodes codes, LintReport report)
    {
        report.Require(catalogue.Matters.Count > 0, "matters", "matters", "没有事项", "there is no matter");
        report.Apart(catalogue.Matters.Select(r => (r.Code, r.ValidFrom, r.ValidUntil)));
        foreach (var pattern in catalogue.Matters.GroupBy(m => m.PurposePattern, StringComparer.Ordinal))
        {
            CheckPurpose(pattern.Key, [.. pattern.Select(m => $"{m.Code}@{m.ValidFrom}")], report);
        }

        foreach (var matter in catalogue.Matters)
        {
            var row = $"{matter.Code}@{matter.ValidFrom}";
            report.Code(row, matter.Code);
            report.Days(row, matter.ValidFrom, matter.ValidUntil);
            report.Text(row, "name", matter.Name);
            report.Text(row, "owner", matter.Owner);
            report.Basis(row, "basis", matter.Basis);
            report.Evidence(row, "evidence", matter.Evidence);
            report.AllStated(row, "subject_kinds", matter.SubjectKinds);
            CheckUse(matter, row, report);
            report.Require(matter.Rules.Count > 0, row, "rules", "没有规则", "there is no rule");
            for (var i = 0; i < matter.Rules.Count; i++)
            {
                CheckRule(catalogue, matter.Rules[i], row, $"rules[{i}]", codes, report);
            }
        }
    }

    private static void CheckUse(Matter matter, string row, LintReport report)
    {
        CheckDuration(matter.MaxStaleness, row, "max_staleness", report);
        CheckDuration(matter.RelyFor, row, "rely_for", report);
        if (matter.MaxPartnerAge is not null)
        {
            CheckDuration(matter.MaxPartnerAge, row, "max_partner_age", report);
        }

        report.Stated(row, "on_unavailable", matter.OnUnavailable);
        report.Require(
            !string.IsNullOrWhiteSpace(matter.OnUnavailableDecidedBy), row, "on_unavailable_decided_by", "未写明由谁决定",
            "who decided it is missing");
        report.Require(matter.DailyPersons > 0, row, "daily_persons", "缺少每日人数", "the daily budget of persons is missing");
        for (var i = 0; i < matter.MisuseRules.Count; i++)
        {
            CheckMisuse(matter.MisuseRules[i], row, $"misuse_rules[{i}]", report);
        }

        report.EachStated(row, "matches_visible_to", matter.MatchesVisibleTo);
        report.Require(
            !matter.MatchesVisibleTo.Contains(RecipientKind.Counter), row, "matches_visible_to", "查询终端不得看到名单内容",
            "a counter never sees matches");
    }

    private static void CheckMisuse(MisuseRule rule, string row, string field, LintReport report)
    {
        report.Stated(row, field + ".kind", rule.Kind);
        report.Stated(row, field + ".action", rule.Action);
        report.Require(rule.Threshold > 0, row, field + ".threshold", "缺少阈值", "the threshold is missing");
        CheckDuration(rule.Window, row, field + ".window", report);
        report.Require(
            rule.Window is null || rule.Window.Seconds < 86_400 || (rule.Window.Seconds == 86_400 && rule.Window.Nanos == 0), row,
            field + ".window", "超过一日", "longer than a day");
        report.Require(
            rule.HitsPerMille <= 1_000 && rule.HitsPerMille > 0 == (rule.Kind == MisuseKind.LowHitRate), row, field + ".hits_per_mille",
            "命中率规则填写 1 至 1000，其他规则不填", "1 to 1000 for a hit rate, and nothing for another kind");
    }

    private static void CheckDuration(Duration? duration, string row, string field, LintReport report) => report.Require(
        duration is not null && (duration.Seconds > 0 || (duration.Seconds == 0 && duration.Nanos > 0)), row, field,
        "未填写或者不为正", "not stated, or not above zero");

    // Once for all rows that share a pattern: the probes take a while.
    private static void CheckPurpose(string pattern, string[] rows, LintReport report)
    {
        if (PurposeFault(pattern) is not { } fault)
        {
            return;
        }

        foreach (var row in rows)
        {
            report.Add(row, "purpose_pattern", fault.Zh, fault.En);
        }
    }

    private static (string Zh, string En)? PurposeFault(string pattern)
    {
        if (pattern.Length == 0)
        {
            return ("缺少用途格式", "the pattern is missing");
        }

        try
        {
            var whole = PurposePattern.Compile(pattern);
            return whole.IsMatch("") ? ("允许空用途", "takes an empty purpose")
                : TakesSpace(whole, pattern) ? ("允许空格", "takes spaces")
                : null;
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            return ("不是可用的正则表达式", $"not a usable regular expression: {fault.Message}");
        }
    }

    // A space in a case number is how free text, and with it names, would get into the access log. The probes are no
    // proof for every pattern; they catch the classes and wildcards that let a space in.
    private static bool TakesSpace(Regex whole, string pattern)
    {
        if (pattern.Any(char.IsWhiteSpace) || pattern.Contains(@"\s", StringComparison.Ordinal))
        {
            return true;
        }

        foreach (var space in " \t\n\r\u00a0\u3000")
        {
            for (var length = 1; length <= LongestPurpose; length++)
            {
                foreach (var letter in "a0A琼")
                {
                    var probe = new string(letter, length).ToCharArray();
                    probe[length / 2] = space;
                    var end = new string(letter, length - 1) + space;
                    if (whole.IsMatch(probe) || whole.IsMatch(end))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    private static void CheckRule(
        Catalogue catalogue, MatterRule rule, string row, string field, CatalogueCodes codes, LintReport report)
    {
        report.Require(rule.ListCodes.Count > 0, row, field + ".list_codes", "没有名单", "no list is named");
        report.Known(row, field + ".list_codes", rule.ListCodes, codes.Lists);
        report.Stated(row, field + ".conclusion", rule.Conclusion);
        report.Known(row, field + ".consequence", [rule.Consequence], Consequences);
        report.Basis(row, field + ".basis", rule.Basis);
        report.Text(row, field + ".text", rule.Text);
        report.Known(row, field + ".roles", rule.Roles, codes.Roles);
        report.Known(row, field + ".reverse_roles", rule.ReverseRoles, codes.Roles);
        if (rule.Measure.Length == 0)
        {
            return;
        }

        report.Known(row, field + ".measure", [rule.Measure], codes.Measures);
        foreach (var list in rule.ListCodes.Where(codes.Lists.Contains))
        {
            report.Require(
                catalogue.ListKinds.Any(k => k.Code == list && k.DefaultMeasures.Contains(rule.Measure)), row,
                field + ".measure", $"名单没有这项措施：{list}", $"the list never has this measure, so it would never count: {list}");
        }
    }
}
