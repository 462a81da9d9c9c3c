using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Import;
using CreditExchange.Cli.Subjects;
using CreditExchange.Cli.Texts;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;
using Google.Protobuf;
using IdForms = CreditExchange.Cli.Subjects.IdForms;

namespace CreditExchange.Cli.Reconcile;

/// <summary>Why a vanished listing ended, as the agency says it.</summary>
/// <param name="Line">Line of the file of grounds; 0: the one ground for all.</param>
/// <param name="Order">Ground, day, document and reason; what names the listing may be partly empty.</param>
/// <param name="Fault">Why the line can't be used; null where it can.</param>
internal sealed record EndOrder(long Line, EndListingRequest Order, RowFault? Fault = null)
{
    /// <summary>Whether it speaks of a listing: every part that it states must fit.</summary>
    public bool Names(Held held, DateOnly today)
    {
        if (RowKey.Trim(Order.SourceRef) != held.Key.SourceRef || (Order.ListCode.Length > 0 && RowKey.Trim(Order.ListCode) != held.Key.List))
        {
            return false;
        }

        return Order.Subject is null
            || (SubjectIds.TryNormalise(Order.Subject, "subject", today, out var id, out _)
                && (id.Kind, id.Number) == (held.Key.Kind, held.Key.Number));
    }
}

/// <summary>Reads the file of grounds: CSV, or NDJSON with an EndListingRequest a line.</summary>
internal static class EndsFile
{
    private static readonly string[] Columns =
        ["source_ref", "list_code", "subject_kind", "number", "issuer", "ground", "ended_on", "document_number", "document_authority", "decided_on", "reason"];

    private static readonly JsonParser Parser = new(JsonParser.Settings.Default);

    /// <summary>All lines of a file.</summary>
    /// <exception cref="CliError">The file can't be read, is not UTF-8, or has an unknown header.</exception>
    public static List<EndOrder> Read(string path, Language language)
    {
        // Opened as a file of rows for the same checks of path and encoding.
        using (new ImportFile(path, "", "ndjson", language))
        {
        }

        using var text = new StreamReader(path);
        return ImportFile.IsCsv(path, null) ? Csv(text, language) : Ndjson(text);
    }

    /// <summary>DUTY_DONE, duty-done, END_GROUND_DUTY_DONE or 履行完毕; unspecified where it is none.</summary>
    public static EndGround Ground(string text)
    {
        var word = text.Trim().Replace('-', '_').Replace("_", "", StringComparison.Ordinal);
        word = word.StartsWith("ENDGROUND", StringComparison.OrdinalIgnoreCase) ? word["ENDGROUND".Length..] : word;
        foreach (var ground in Enum.GetValues<EndGround>())
        {
            if (ground.ToString().Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return ground;
            }
        }

        return word switch
        {
            "履行完毕" => EndGround.DutyDone,
            "和解履行" => EndGround.Settled,
            "申请人同意" => EndGround.CreditorConsent,
            "终结本次执行" => EndGround.NoAssets,
            "中止执行" => EndGround.ProceedingStayed,
            "终结执行" => EndGround.Terminated,
            "自然人死亡" => EndGround.SubjectDeceased,
            "法人终止" => EndGround.SubjectDissolved,
            "信用修复" => EndGround.Repair,
            _ => EndGround.Unspecified,
        };
    }

    private static List<EndOrder> Csv(TextReader text, Language language)
    {
        var csv = new CsvReader(text);
        var fields = new List<string>();
        var orders = new List<EndOrder>();
        if (csv.Read(fields) != CsvOutcome.Record)
        {
            return orders;
        }

        var header = fields.ConvertAll(static name => name.Trim().Trim('\uFEFF'));
        if (!header.Contains("source_ref") || !header.Contains("ground") || header.Exists(name => !Columns.Contains(name)))
        {
            throw new CliError(
                ExitCode.Usage, "CSV_HEADER", Say.NoHeader.In(language, string.Join(", ", Columns)), Say.NoHeaderNext.In(language));
        }

        while (csv.Read(fields) is var outcome and not CsvOutcome.End)
        {
            if (outcome != CsvOutcome.Record || fields.Count != header.Count)
            {
                orders.Add(new EndOrder(csv.Line, new EndListingRequest(), new RowFault("CSV_COLUMNS", "", Say.RowColumns)));
                if (outcome == CsvOutcome.TooLong)
                {
                    break;
                }

                continue;
            }

            orders.Add(Row(csv.Line, name => header.IndexOf(name) is >= 0 and var at ? fields[at].Trim() : ""));
        }

        return orders;
    }

    private static EndOrder Row(long line, Func<string, string> value)
    {
        var order = new EndListingRequest { SourceRef = value("source_ref"), ListCode = value("list_code"), Reason = value("reason") };
        try
        {
            order.Ground = Ground(RowValues.Required(value("ground"), "ground"));
            order.EndedOn = RowValues.Day(value("ended_on"), "ended_on");
            if (value("document_number").Length + value("document_authority").Length + value("decided_on").Length > 0)
            {
                order.Document = new DecisionDocument
                {
                    Number = value("document_number"),
                    Authority = value("document_authority"),
                    DecidedOn = RowValues.Day(value("decided_on"), "decided_on"),
                };
            }

            if (value("number") is { Length: > 0 } number)
            {
                var kind = IdForms.TryParse(value("subject_kind"), out var stated) ? stated : IdForms.Guess(number);
                order.Subject = new SubjectId { Kind = kind, Number = IdForms.Tidy(number), Issuer = value("issuer") };
            }
        }
        catch (RowFaultException unusable)
        {
            return new EndOrder(line, order, unusable.Fault);
        }

        return order.Ground == EndGround.Unspecified
            ? new EndOrder(line, order, new RowFault("ENUM_INVALID", "ground", Say.GroundUnknown))
            : new EndOrder(line, order);
    }

    private static List<EndOrder> Ndjson(TextReader text)
    {
        var orders = new List<EndOrder>();
        var line = 0L;
        while (text.ReadLine() is { } json)
        {
            line++;
            if (string.IsNullOrWhiteSpace(json))
            {
                continue;
            }

            try
            {
                orders.Add(new EndOrder(line, Parser.Parse<EndListingRequest>(line == 1 ? json.TrimStart('\uFEFF') : json)));
            }
            catch (Exception fault) when (fault is IOException or FormatException or OverflowException or ArgumentException or InvalidOperationException)
            {
                // The parser's text quotes the line, and with it the number: it is not passed on.
                orders.Add(new EndOrder(line, new EndListingRequest(), new RowFault("JSON", "", Say.RowJson)));
            }
        }

        return orders;
    }
}
