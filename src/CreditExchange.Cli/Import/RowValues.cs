using System.Globalization;
using CreditExchange.Cli.Texts;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Cli.Import;

/// <summary>A value of a row that can't be used.</summary>
internal sealed class RowFaultException(RowFault fault) : Exception(fault.Reason)
{
    public RowFault Fault { get; } = fault;
}

/// <summary>Reads the values of rows.</summary>
internal static class RowValues
{
    private static readonly string[] Days =
        ["yyyy-MM-dd", "yyyy/M/d", "yyyy-M-d", "yyyy.M.d", "yyyyMMdd", "yyyy年M月d日", "yyyy-MM-dd HH:mm:ss"];

    /// <summary>The day as yyyy-MM-dd; empty stays empty.</summary>
    /// <exception cref="RowFaultException">DATE_INVALID.</exception>
    public static string Day(string value, string column)
    {
        if (value.Length == 0)
        {
            return "";
        }

        return DateTime.TryParseExact(value, Days, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : throw new RowFaultException(new RowFault("DATE_INVALID", column, Say.RowDate));
    }

    /// <summary>An instant: RFC 3339, or a day, which begins at 00:00 Asia/Shanghai; null where empty.</summary>
    /// <exception cref="RowFaultException">DATE_INVALID.</exception>
    public static Timestamp? Instant(string value, string column)
    {
        if (value.Length == 0)
        {
            return null;
        }

        if (value.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(
            value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
        {
            return Timestamp.FromDateTimeOffset(instant);
        }

        var day = DateTime.ParseExact(Day(value, column), "yyyy-MM-dd", CultureInfo.InvariantCulture);
        return Timestamp.FromDateTimeOffset(new DateTimeOffset(day, TimeSpan.FromHours(8)));
    }

    /// <summary>A fault unless there is a value.</summary>
    public static string Required(string value, string column) =>
        value.Length > 0 ? value : throw new RowFaultException(new RowFault("REQUIRED", column, Say.RowMissing));
}
