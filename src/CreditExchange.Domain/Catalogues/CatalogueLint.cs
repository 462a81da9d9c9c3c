using CreditExchange.V1;

namespace CreditExchange.Domain.Catalogues;

/// <summary>
/// Says what is wrong with a catalogue before it comes into force: a row without a legal basis, an unknown code, days
/// that overlap, a matter or field that the founding policies name and nothing answers.
/// </summary>
public static class CatalogueLint
{
    /// <summary>All faults, in the order of the rows; empty: the catalogue may be activated.</summary>
    public static IReadOnlyList<CatalogueFault> Check(Catalogue catalogue)
    {
        var report = new LintReport();
        var codes = new CatalogueCodes(catalogue);
        ListKindLint.Check(catalogue, codes, report);
        CheckMeasures(catalogue, report);
        MatterLint.Check(catalogue, codes, report);
        MaskLint.Check(catalogue, codes, report);
        EffectRuleLint.Check(catalogue, report);
        CheckRoles(catalogue, report);
        CheckCoverage(catalogue, codes, report);
        return report.Faults;
    }

    private static void CheckMeasures(Catalogue catalogue, LintReport report)
    {
        report.Apart(catalogue.Measures.Select(r => (r.Code, r.ValidFrom, r.ValidUntil)));
        foreach (var measure in catalogue.Measures)
        {
            var row = $"{measure.Code}@{measure.ValidFrom}";
            report.Code(row, measure.Code);
            report.Days(row, measure.ValidFrom, measure.ValidUntil);
            report.Text(row, "name", measure.Name);
            report.Text(row, "field", measure.Field);
            report.Text(row, "carried_out_by", measure.CarriedOutBy);
            report.Stated(row, "measure_class", measure.MeasureClass);
            report.Basis(row, "basis", measure.Basis);
        }
    }

    private static void CheckRoles(Catalogue catalogue, LintReport report)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var role in catalogue.Roles)
        {
            report.Word(role.Code, "code", role.Code);
            report.Text(role.Code, "name", role.Name);
            report.Require(seen.Add(role.Code), role.Code, "code", "角色代码重复", "the role stands twice");
        }
    }

    private static void CheckCoverage(Catalogue catalogue, CatalogueCodes codes, LintReport report)
    {
        report.Require(
            catalogue.Coverage.Count > 0, "coverage", "coverage", "缺少政策对照表",
            "nothing says what the founding policies name");
        foreach (var named in catalogue.Coverage)
        {
            var row = $"{named.Document}{named.Article} {named.Field}";
            report.Require(named.Document.Length > 0, row, "document", "缺少文件", "the document is missing");
            report.Require(named.Article.Length > 0, row, "article", "缺少条款", "the article is missing");
            report.Require(named.Field.Length > 0, row, "field", "缺少事项", "what it names is missing");
            report.Require(named.Codes.Count > 0, row, "codes", "没有对应的名单或事项", "no list kind or matter answers it");
            report.Known(row, "codes", named.Codes, codes.ListsAndMatters);
        }
    }
}
