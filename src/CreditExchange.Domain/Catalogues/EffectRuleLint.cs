using CreditExchange.V1;

namespace CreditExchange.Domain.Catalogues;

/// <summary>Checks that every state has exactly one effect rule on every day.</summary>
internal static class EffectRuleLint
{
    // The Hainan credit regulation and the duty-free rules are in force from this day; questions reach no further back.
    private static readonly DateOnly FirstDay = new(2022, 1, 1);

    public static void Check(Catalogue catalogue, LintReport report)
    {
        report.Apart(catalogue.EffectRules.Select(r => (r.State.ToString(), r.ValidFrom, r.ValidUntil)));
        foreach (var rule in catalogue.EffectRules)
        {
            var row = $"{rule.State}@{rule.ValidFrom}";
            report.Days(row, rule.ValidFrom, rule.ValidUntil);
            report.Stated(row, "state", rule.State);
            report.Stated(row, "measures", rule.Measures);
            report.Basis(row, "basis", rule.Basis);
        }

        foreach (var state in Enum.GetValues<ListingState>())
        {
            if (state != ListingState.Unspecified)
            {
                CheckCover(catalogue, state, report);
            }
        }
    }

    // Walks from row to row: the day on which one ends must be within the next, until one is open.
    private static void CheckCover(Catalogue catalogue, ListingState state, LintReport report)
    {
        var day = FirstDay;
        while (true)
        {
            var next = catalogue.EffectRules.FirstOrDefault(
                r => r.State == state && LegalDay.Covers(r.ValidFrom, r.ValidUntil, day));
            if (next is null)
            {
                report.Add(
                    $"{state}@{LegalDay.Format(day)}", "effect_rules", "这一天没有效力规则", "no effect rule for this day");
                return;
            }

            if (next.ValidUntil.Length == 0)
            {
                return;
            }

            day = LegalDay.Parse(next.ValidUntil, "valid_until");
        }
    }
}
