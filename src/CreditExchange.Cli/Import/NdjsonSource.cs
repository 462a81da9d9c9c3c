using System.Text;
using System.Text.Json;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Cli.Import;

/// <summary>Rows of an NDJSON file: each line a Listing, or an import item with request_id, in Protobuf's JSON form.</summary>
internal static class NdjsonSource
{
    private const int LongestLine = 1024 * 1024;
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default);

    /// <exception cref="CliError">A line is too long.</exception>
    public static IEnumerable<SourceRow> Read(TextReader text, string list, Language language)
    {
        var line = 0L;
        while (text.ReadLine() is { } json)
        {
            line++;
            if (json.Length > LongestLine)
            {
                throw new CliError(
                    ExitCode.Other, "ROW_TOO_LONG", Say.RowTooLong.In(language, line), Say.RowTooLongNext.In(language));
            }

            if (!string.IsNullOrWhiteSpace(json))
            {
                yield return Row(line, line == 1 ? json.TrimStart('\uFEFF') : json, list);
            }
        }
    }

    private static SourceRow Row(long line, string json, string list)
    {
        try
        {
            var request = IsItem(json)
                ? Parser.Parse<ImportListingsRequest>(json)
                : new ImportListingsRequest { Listing = Parser.Parse<Listing>(json) };
            if (request.ItemCase == ImportListingsRequest.ItemOneofCase.Listing && request.Listing.ListCode.Length == 0)
            {
                request.Listing.ListCode = list;
            }

            return request.ItemCase switch
            {
                ImportListingsRequest.ItemOneofCase.Listing => new SourceRow(
                    line, request, null, request.Listing.Subject?.Number ?? "", request.Listing.SourceRef),
                ImportListingsRequest.ItemOneofCase.Amend => new SourceRow(
                    line, request, null, request.Amend.Subject?.Number ?? "", request.Amend.SourceRef),
                ImportListingsRequest.ItemOneofCase.End => new SourceRow(
                    line, request, null, request.End.Subject?.Number ?? "", request.End.SourceRef),
                _ => Bad(line),
            };
        }
        catch (Exception fault) when (fault is IOException or JsonException or FormatException or OverflowException or ArgumentException or InvalidOperationException)
        {
            // The parser's text quotes the line, and with it the number: it is not passed on.
            return Bad(line);
        }
    }

    private static SourceRow Bad(long line) => new(line, null, new RowFault("JSON", "", Say.RowJson));

    // An item names one of these at its top level; a listing has none of them.
    private static bool IsItem(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("request_id") || reader.ValueTextEquals("requestId") || reader.ValueTextEquals("listing")
                    || reader.ValueTextEquals("amend") || reader.ValueTextEquals("end"))
                {
                    return true;
                }

                // The first name decides: both forms are written with their own fields only.
                return false;
            }
        }

        return false;
    }
}
