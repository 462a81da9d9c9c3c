using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Import;

/// <summary>Rows of a CSV file: the header decides whose columns they are.</summary>
internal static class CsvSource
{
    /// <exception cref="CliError">The header is not known, or a record is too long.</exception>
    public static IEnumerable<SourceRow> Read(TextReader text, string list, Language language)
    {
        var csv = new CsvReader(text);
        var fields = new List<string>();
        if (csv.Read(fields) != CsvOutcome.Record)
        {
            throw Header("", language);
        }

        var columns = Columns(fields, list, language);
        var index = Index(fields, columns, language);
        var stated = Stated(columns, index);
        var width = fields.Count;
        while (true)
        {
            var outcome = csv.Read(fields);
            if (outcome == CsvOutcome.End)
            {
                yield break;
            }

            if (outcome == CsvOutcome.TooLong)
            {
                throw new CliError(
                    ExitCode.Other, "ROW_TOO_LONG", Say.RowTooLong.In(language, csv.Line), Say.RowTooLongNext.In(language));
            }

            yield return outcome == CsvOutcome.BadQuote
                ? new SourceRow(csv.Line, null, new RowFault("CSV_QUOTE", "", Say.RowQuote))
                : Row(csv.Line, fields, width, columns, index) with { Stated = stated };
        }
    }

    private static SourceRow Row(long line, List<string> fields, int width, IColumns columns, int[] index)
    {
        string Value(int column) => index[column] < 0 || index[column] >= fields.Count ? "" : fields[index[column]].Trim();
        if (fields.Count != width)
        {
            return new SourceRow(line, null, new RowFault("CSV_COLUMNS", "", Say.RowColumns));
        }

        var number = Value(columns.Number);
        var reference = Value(columns.SourceRef);
        try
        {
            return new SourceRow(line, new ImportListingsRequest { Listing = columns.Read(Value) }, null, number, reference);
        }
        catch (RowFaultException unusable)
        {
            return new SourceRow(line, null, unusable.Fault, number, reference);
        }
    }

    private static IColumns Columns(List<string> header, string list, Language language)
    {
        for (var i = 0; i < header.Count; i++)
        {
            header[i] = header[i].Trim().Trim('\uFEFF');
        }

        if (Array.TrueForAll(CourtColumns.Required, header.Contains))
        {
            return new CourtColumns(list);
        }

        return Array.TrueForAll(HubColumns.Required, header.Contains)
            ? new HubColumns(list)
            : throw Header(
                HeaderAdvice.Missing(header, new HubColumns(list), new CourtColumns(list), language)
                ?? string.Join(", ", HubColumns.Required) + " / " + string.Join(", ", CourtColumns.Required),
                language);
    }

    private static int[] Index(List<string> header, IColumns columns, Language language)
    {
        // A column that nobody reads would be lost without a word; one that stands twice is ambiguous.
        if (HeaderAdvice.Faults(header, columns, language) is { } faults)
        {
            throw Header(faults, language);
        }

        var index = new int[columns.Names.Count];
        for (var i = 0; i < index.Length; i++)
        {
            index[i] = header.IndexOf(columns.Names[i]);
        }

        return index;
    }

    private static string[] Stated(IColumns columns, int[] index)
    {
        var stated = new List<string>(columns.Always);
        for (var i = 0; i < index.Length; i++)
        {
            if (index[i] >= 0 && columns.Paths[i] is { } path && !stated.Contains(path))
            {
                stated.Add(path);
            }
        }

        return [.. stated];
    }

    private static CliError Header(string names, Language language) =>
        new(ExitCode.Usage, "CSV_HEADER", Say.NoHeader.In(language, names), Say.NoHeaderNext.In(language));
}
