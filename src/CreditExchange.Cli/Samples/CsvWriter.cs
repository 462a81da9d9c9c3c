using System.Globalization;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Cli.Samples;

/// <summary>Writes listings in the hub's own CSV columns, RFC 4180.</summary>
internal static class CsvWriter
{
    public const string Header =
        "source_ref,list_code,subject_kind,number,issuer,subject_name,reason,document_number,document_authority,"
        + "decided_on,conduct_on,served_on,manner,remedies,effective_from,effective_until,grade,measures";

    public static string Row(Listing one) => Join(
        one.SourceRef, one.ListCode, Kind(one.Subject?.Kind ?? IdKind.Unspecified), one.Subject?.Number ?? "",
        one.Subject?.Issuer ?? "", one.SubjectName, one.Reason, one.Document?.Number ?? "", one.Document?.Authority ?? "",
        one.Document?.DecidedOn ?? "", one.ConductOn, one.Notice?.ServedOn ?? "", one.Notice?.Manner ?? "",
        one.Notice?.Remedies ?? "", Instant(one.EffectiveFrom), Instant(one.EffectiveUntil), one.Grade,
        string.Join(';', one.Measures));

    /// <summary>Fields as one record, quoted where they must be.</summary>
    public static string Join(params IEnumerable<string> fields) => string.Join(',', fields.Select(Quote));

    private static string Quote(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Kind(IdKind kind) => Errors.ErrorLine.Screaming(kind.ToString());

    private static string Instant(Timestamp? instant) =>
        instant is null ? "" : instant.ToDateTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
