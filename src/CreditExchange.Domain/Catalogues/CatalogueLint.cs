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

    /// <summary>
    /// What keeps a catalogue from following the one in force: a list that listings may stand on must not vanish, and a
    /// role's number, by which the ledger's tables know it, must not change hands.
    /// </summary>
    public static IReadOnlyList<CatalogueFault> CheckSuccession(Catalogue inForce, Catalogue next)
    {
        var report = new LintReport();
        var lists = next.ListKinds.Select(k => k.Code).ToHashSet(StringComparer.Ordinal);
        foreach (var code in inForce.ListKinds.Select(k => k.Code).Distinct(StringComparer.Ordinal))
        {
            report.Require(lists.Contains(code), code, "code", "名单类型不得删除，只能设定 valid_until", "a list kind never vanishes; let its row end");
        }

        foreach (var role in inForce.Roles)
        {
            report.Require(
                next.Roles.Any(r => r.Code == role.Code && r.Number == role.Number),
                role.Code,
                "number",
                "角色及其编号不得更改",
                "a role keeps its number and never vanishes");
        }

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
        var numbers = new HashSet<uint>();
        foreach (var role in catalogue.Roles)
        {
            report.Word(role.Code, "code", role.Code);
            report.Text(role.Code, "name", role.Name);
            report.Require(seen.Add(role.Code), role.Code, "code", "角色代码重复", "the role stands twice");
            report.Require(
                role.Number is >= 1 and <= 127 && numbers.Add(role.Number),
                role.Code,
                "number",
                "角色编号须为 1 至 127 且不重复",
                "the number must be 1 to 127 and no other role's");
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
