using System.Buffers;
using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Import;

/// <summary>Says what is wrong with a CSV header, and which column was likely meant.</summary>
/// <remarks>
/// A file without a header begins with a row, and a row holds names and numbers: a cell is repeated only where it is close to a
/// column's name, else it is told by its place.
/// </remarks>
internal static class HeaderAdvice
{
    private static readonly SearchValues<char> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");

    // What agencies call the columns, and the hub's name for it.
    private static readonly (string Said, string Meant)[] Synonyms =
    [
        ("id", "number"), ("id_number", "number"), ("uscc", "number"), ("subject_number", "number"), ("证件号码", "number"), ("身份证号", "number"),
        ("身份证号码", "number"), ("统一社会信用代码", "number"), ("ref", "source_ref"), ("key", "source_ref"), ("编号", "source_ref"),
        ("name", "subject_name"), ("姓名", "subject_name"), ("名称", "subject_name"), ("list", "list_code"), ("名单", "list_code"),
        ("kind", "subject_kind"), ("证件类型", "subject_kind"), ("事由", "reason"), ("authority", "document_authority"), ("决定机关", "document_authority"),
        ("document", "document_number"), ("文号", "document_number"), ("文书号", "document_number"), ("decision_date", "decided_on"),
        ("决定日期", "decided_on"), ("送达日期", "served_on"), ("行为日期", "conduct_on"), ("from", "effective_from"), ("until", "effective_until"),
    ];

    /// <summary>Columns that are unknown or stand twice, as one text; null: none.</summary>
    public static string? Faults(List<string> header, IColumns columns, Language language)
    {
        var faults = new List<string>();
        for (var i = 0; i < header.Count; i++)
        {
            if (!columns.Names.Contains(header[i]))
            {
                faults.Add(Likely(header[i], columns.Names) is { } meant
                    ? Say.HeaderLikely.In(language, i + 1, header[i], meant)
                    : IsPlain(header[i]) ? Say.HeaderUnknown.In(language, i + 1, header[i]) : Say.HeaderUnknownPlace.In(language, i + 1));
            }
            else if (header.IndexOf(header[i]) != i)
            {
                faults.Add(Say.HeaderTwice.In(language, i + 1, header[i]));
            }
        }

        return faults.Count == 0 ? null : string.Join("; ", faults);
    }

    /// <summary>Which required columns are missing and what stands in their place; null: the header is like none that is known.</summary>
    public static string? Missing(List<string> header, HubColumns hub, CourtColumns court, Language language)
    {
        var asHub = Close(header, hub.Names);
        var asCourt = Close(header, court.Names);
        if (asHub == 0 && asCourt == 0)
        {
            return null;
        }

        var (columns, required) = asCourt > asHub ? ((IColumns)court, CourtColumns.Required) : (hub, HubColumns.Required);
        var missing = Say.HeaderMissing.In(language, string.Join(", ", required.Where(name => !header.Contains(name))));
        return Faults(header, columns, language) is { } faults ? $"{missing}; {faults}" : missing;
    }

    private static int Close(List<string> header, IReadOnlyList<string> names)
    {
        var close = 0;
        foreach (var cell in header)
        {
            close += names.Contains(cell) || Likely(cell, names) is not null ? 1 : 0;
        }

        return close;
    }

    private static string? Likely(string cell, IReadOnlyList<string> names)
    {
        var said = Plain(cell);
        foreach (var (word, meant) in Synonyms)
        {
            if (said == Plain(word) && names.Contains(meant))
            {
                return meant;
            }
        }

        string? best = null;
        var least = 3;
        foreach (var name in names)
        {
            var plain = Plain(name);
            var distance = said.Length >= 4 && plain.Contains(said, StringComparison.Ordinal) ? 1 : Distance(said, plain);

            // Two letters of a short word are most of it.
            if (distance < least && distance * 3 <= plain.Length)
            {
                (best, least) = (name, distance);
            }
        }

        return best;
    }

    private static bool IsPlain(string cell) =>
        cell.Length is > 0 and <= 40 && !cell.AsSpan().ContainsAnyExcept(Letters);

    private static string Plain(string name)
    {
        var text = new System.Text.StringBuilder(Math.Min(name.Length, 64));
        foreach (var c in name.Length <= 64 ? name : "")
        {
            var half = c is >= '！' and <= '～' ? (char)(c - 0xFEE0) : c;
            if (half is not (' ' or '_' or '-' or '/' or '\u3000'))
            {
                text.Append(char.ToLowerInvariant(half));
            }
        }

        return text.ToString();
    }

    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j < row.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
