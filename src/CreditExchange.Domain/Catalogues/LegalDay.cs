using System.Globalization;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Catalogues;

/// <summary>
/// Days of the law: calendar days in Asia/Shanghai, written yyyy-MM-dd. China has kept UTC+8 without summer time since
/// 1992, and the hub counts earlier days by the same offset.
/// </summary>
public static class LegalDay
{
    /// <summary>Offset of Asia/Shanghai.</summary>
    public static readonly TimeSpan Offset = TimeSpan.FromHours(8);

    /// <summary>The first day that a document can carry.</summary>
    public static readonly DateOnly First = new(1949, 10, 1);

    /// <summary>The day on which an instant falls.</summary>
    public static DateOnly Of(DateTimeOffset instant) => DateOnly.FromDateTime(instant.ToOffset(Offset).DateTime);

    /// <summary>The instant at which a day begins, 00:00 Asia/Shanghai.</summary>
    public static DateTimeOffset Start(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), Offset);

    /// <summary>The instant at which a day begins, as a timestamp.</summary>
    public static Timestamp StartTimestamp(DateOnly day) => Timestamp.FromDateTimeOffset(Start(day));

    /// <summary>Reads yyyy-MM-dd and nothing else.</summary>
    public static bool TryParse(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);

    /// <summary>Reads yyyy-MM-dd.</summary>
    /// <exception cref="RuleViolation">DATE_INVALID.</exception>
    public static DateOnly Parse(string text, string field) =>
        TryParse(text, out var day) ? day : throw new RuleViolation(ErrorReason.DateInvalid, field);

    /// <summary>Writes yyyy-MM-dd.</summary>
    public static string Format(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Whether a row dated [from, until) is used on a day; an empty until is open.</summary>
    public static bool Covers(string from, string until, DateOnly day) =>
        TryParse(from, out var first) && first <= day && (until.Length == 0 || (TryParse(until, out var end) && day < end));
}
