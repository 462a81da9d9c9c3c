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
                : Row(csv.Line, fields, width, columns, index);
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
            : throw Header(string.Join(", ", HubColumns.Required) + " / " + string.Join(", ", CourtColumns.Required), language);
    }

    private static int[] Index(List<string> header, IColumns columns, Language language)
    {
        var index = new int[columns.Names.Count];
        for (var i = 0; i < index.Length; i++)
        {
            index[i] = header.IndexOf(columns.Names[i]);
        }

        for (var i = 0; i < header.Count; i++)
        {
            // A column that nobody reads would be lost without a word; one that stands twice is ambiguous.
            var known = columns.Names.Contains(header[i]);
            if (!known || header.IndexOf(header[i]) != i)
            {
                throw Header(i < 64 && header[i].Length <= 64 ? header[i] : "", language);
            }
        }

        return index;
    }

    private static CliError Header(string names, Language language) =>
        new(ExitCode.Usage, "CSV_HEADER", Say.NoHeader.In(language, names), Say.NoHeaderNext.In(language));
}
