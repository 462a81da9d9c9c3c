using System.Text.RegularExpressions;
using CreditExchange.V1;

namespace CreditExchange.Domain.Catalogues;

/// <summary>Collects what the lint finds, and holds the checks that rows of every kind share.</summary>
internal sealed partial class LintReport
{
    /// <summary>Most characters of a text, so that it fits the line of a counter's screen.</summary>
    public const int MaximumCharacters = 60;

    private readonly List<CatalogueFault> faults = [];

    public IReadOnlyList<CatalogueFault> Faults => faults;

    public void Add(string row, string field, string zh, string en) => faults.Add(new(row, field, zh, en));

    /// <summary>Adds a fault unless something holds.</summary>
    public void Require(bool holds, string row, string field, string zh, string en)
    {
        if (!holds)
        {
            Add(row, field, zh, en);
        }
    }

    /// <summary>Codes of list kinds, measures and matters: field, dot, name.</summary>
    public void Code(string row, string code) => Require(
        DottedCode().IsMatch(code), row, "code", "代码格式不正确", "the code is not well-formed");

    /// <summary>Codes of roles and grades: one word, hyphens allowed.</summary>
    public void Word(string row, string field, string code) => Require(
        PlainCode().IsMatch(code), row, field, "代码格式不正确", "the code is not well-formed");

    public void Text(string row, string field, LocalizedText? text)
    {
        Require(!string.IsNullOrWhiteSpace(text?.Zh), row, field + ".zh", "缺少中文", "the Chinese text is missing");
        Require(!string.IsNullOrWhiteSpace(text?.En), row, field + ".en", "缺少英文", "the English text is missing");
        Require(
            (text?.Zh ?? "").EnumerateRunes().Count() <= MaximumCharacters, row, field + ".zh", "超过60个字",
            "the Chinese text is longer than 60 characters");
    }

    public void Days(string row, string from, string until)
    {
        var dated = LegalDay.TryParse(from, out var first);
        Require(dated, row, "valid_from", "日期无效", "not a day (yyyy-MM-dd)");
        if (until.Length > 0)
        {
            var ends = LegalDay.TryParse(until, out var end);
            Require(ends, row, "valid_until", "日期无效", "not a day (yyyy-MM-dd)");
            Require(!dated || !ends || first < end, row, "valid_until", "止日不晚于起日", "ends before it begins");
        }
    }

    public void Basis(string row, string field, LegalBasis? basis)
    {
        if (basis is null || string.IsNullOrWhiteSpace(basis.Document))
        {
            Add(row, field + ".document", "缺少法律依据", "the legal basis is missing");
            return;
        }

        Evidence(row, field + ".evidence", basis.Evidence);
        Require(
            !string.IsNullOrWhiteSpace(basis.Article) || basis.Evidence == V1.Evidence.Unconfirmed, row,
            field + ".article", "缺少条款（仅未核实的依据可以缺）", "the article is missing (only an unconfirmed basis may lack it)");
        var dated = LegalDay.TryParse(basis.ValidFrom, out var first);
        Require(dated, row, field + ".valid_from", "日期无效", "not a day (yyyy-MM-dd)");
        if (basis.ValidUntil.Length > 0)
        {
            Require(
                LegalDay.TryParse(basis.ValidUntil, out var end) && (!dated || first < end), row,
                field + ".valid_until", "日期无效或不晚于起日", "not a day (yyyy-MM-dd), or not after the first day");
        }
    }

    public void Evidence(string row, string field, Evidence evidence) => Stated(row, field, evidence);

    /// <summary>An enum value that is named and not UNSPECIFIED.</summary>
    public void Stated<T>(string row, string field, T value)
        where T : struct, Enum =>
        Require(
            Enum.IsDefined(value) && !value.Equals(default(T)), row, field, "未填写或者取值未知",
            "not stated, or an unknown value");

    /// <summary>At least one value, each stated.</summary>
    public void AllStated<T>(string row, string field, IReadOnlyCollection<T> values)
        where T : struct, Enum
    {
        Require(values.Count > 0, row, field, "未填写", "not stated");
        EachStated(row, field, values);
    }

    /// <summary>Any number of values, each stated.</summary>
    public void EachStated<T>(string row, string field, IReadOnlyCollection<T> values)
        where T : struct, Enum
    {
        foreach (var value in values)
        {
            Stated(row, field, value);
        }
    }

    /// <summary>Every code in a list is known.</summary>
    public void Known(string row, string field, IEnumerable<string> codes, HashSet<string> known)
    {
        foreach (var code in codes)
        {
            Require(known.Contains(code), row, field, $"未知代码：{code}", $"unknown code: {code}");
        }
    }

    /// <summary>Rows that share a key have no day in common.</summary>
    public void Apart(IEnumerable<(string Key, string From, string Until)> rows)
    {
        foreach (var group in rows.GroupBy(r => r.Key, StringComparer.Ordinal))
        {
            // Ordinal order is the order of days for yyyy-MM-dd; other texts are faults of their own.
            var sorted = group.OrderBy(r => r.From, StringComparer.Ordinal).ToList();
            for (var i = 1; i < sorted.Count; i++)
            {
                var until = sorted[i - 1].Until;
                Require(
                    until.Length > 0 && string.CompareOrdinal(until, sorted[i].From) <= 0,
                    $"{group.Key}@{sorted[i].From}", "valid_from", "与同一代码的前一行日期重叠",
                    "its days overlap with the row before it");
            }
        }
    }

    // \z, not $: a line break at the end is no part of a code.
    [GeneratedRegex(@"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+\z")]
    private static partial Regex DottedCode();

    [GeneratedRegex(@"^[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex PlainCode();
}
