using CreditExchange.V1;

namespace CreditExchange.Domain.Catalogues;

/// <summary>Checks the rows of list kinds.</summary>
internal static class ListKindLint
{
    // A century: beyond it a number of months is a slip of the pen.
    private const uint MostMonths = 1200;

    public static void Check(Catalogue catalogue, CatalogueCodes codes, LintReport report)
    {
        report.Require(catalogue.ListKinds.Count > 0, "list_kinds", "list_kinds", "没有名单种类", "there is no list kind");
        report.Apart(catalogue.ListKinds.Select(r => (r.Code, r.ValidFrom, r.ValidUntil)));
        foreach (var kind in catalogue.ListKinds)
        {
            var row = $"{kind.Code}@{kind.ValidFrom}";
            CheckTexts(kind, row, report);
            CheckRights(kind, row, report);
            CheckTerm(kind.Term, row, "term", report);
            CheckGrades(kind, row, report);
            CheckMeasures(catalogue, kind, row, codes, report);
            report.Require(kind.Retention is not null, row, "retention", "缺少保存期限", "the retention is missing");
        }
    }

    private static void CheckTexts(ListKind kind, string row, LintReport report)
    {
        report.Code(row, kind.Code);
        report.Days(row, kind.ValidFrom, kind.ValidUntil);
        report.Text(row, "name", kind.Name);
        report.Text(row, "criteria", kind.Criteria);
        report.Text(row, "procedure", kind.Procedure);
        report.Text(row, "remedies", kind.Remedies);
        report.Text(row, "exit", kind.Exit);
        report.Stated(row, "polarity", kind.Polarity);
        report.Basis(row, "basis", kind.Basis);
        report.Evidence(row, "evidence", kind.Evidence);
        report.Require(
            kind.Evidence != Evidence.Confirmed || kind.Basis?.Evidence == Evidence.Confirmed, row, "evidence",
            "依据未核实，整行不能标为已核实", "a row isn't confirmed while its basis is not");
    }

    private static void CheckRights(ListKind kind, string row, LintReport report)
    {
        report.AllStated(row, "publishers", kind.Publishers);
        report.EachStated(row, "enders", kind.Enders);
        report.AllStated(row, "subject_kinds", kind.SubjectKinds);
        report.AllStated(row, "end_grounds", kind.EndGrounds);
        foreach (var ground in kind.EndGrounds)
        {
            report.Require(
                ground is not (EndGround.Term or EndGround.Wrong), row, "end_grounds", "期满和撤销不是终止理由",
                "TERM is the hub's own and WRONG is a withdrawal");
        }

        foreach (var relation in kind.CarriedBy)
        {
            report.Require(
                relation is SubjectRelation.MergedInto or SubjectRelation.DividedInto or SubjectRelation.Converted, row,
                "carried_by", "只填合并、分立、改制；其他关系总是延续", "only MERGED_INTO, DIVIDED_INTO and CONVERTED; the others always carry over");
        }
    }

    private static void CheckTerm(Term? term, string row, string field, LintReport report)
    {
        if (term is null)
        {
            return;
        }

        var (least, most, usual) = (term.MinimumMonths, term.MaximumMonths, term.DefaultMonths);
        if (least > 0 || most > 0 || usual > 0)
        {
            report.Stated(row, field + ".starts", term.Starts);
        }

        report.Require(
            Math.Max(least, Math.Max(most, usual)) <= MostMonths, row, field, "期限超过一百年", "longer than a century");
        report.Require(
            most == 0 || least <= most, row, field + ".minimum_months", "最短期限长于最长期限", "the least is more than the most");
        report.Require(
            most == 0 || usual <= most, row, field + ".default_months", "默认期限长于最长期限", "the default is more than the most");
        report.Require(
            usual == 0 || least <= usual, row, field + ".default_months", "默认期限短于最短期限", "the default is less than the least");
    }

    private static void CheckGrades(ListKind kind, string row, LintReport report)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var grade in kind.Grades)
        {
            var field = $"grades[{grade.Code}]";
            report.Word(row, field + ".code", grade.Code);
            report.Text(row, field + ".name", grade.Name);
            report.Require(seen.Add(grade.Code), row, field, "等级重复", "the grade stands twice");
            CheckTerm(grade.Term, row, field + ".term", report);
        }

        report.Require(
            kind.Grades.Count == 0 ? kind.DefaultGrade.Length == 0 : seen.Contains(kind.DefaultGrade), row,
            "default_grade", "默认等级不在等级之中", "the default is not one of the grades");
    }

    private static void CheckMeasures(
        Catalogue catalogue, ListKind kind, string row, CatalogueCodes codes, LintReport report)
    {
        report.Known(row, "default_measures", kind.DefaultMeasures, codes.Measures);
        report.Require(
            kind.DefaultMeasures.Distinct(StringComparer.Ordinal).Count() == kind.DefaultMeasures.Count, row,
            "default_measures", "措施重复", "a measure stands twice");
        if (!LegalDay.TryParse(kind.ValidFrom, out var first))
        {
            return;
        }

        foreach (var code in kind.DefaultMeasures.Where(codes.Measures.Contains))
        {
            report.Require(
                catalogue.Measures.Any(m => m.Code == code && LegalDay.Covers(m.ValidFrom, m.ValidUntil, first)), row,
                "default_measures", $"措施在该行首日没有规定：{code}", $"no row of the measure for this row's first day: {code}");
        }
    }
}
