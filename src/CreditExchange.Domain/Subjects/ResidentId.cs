using System.Globalization;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// 公民身份号码, GB 11643-1999: region (six digits), birth date (eight), sequence (three, odd for men) and the check
/// character of ISO 7064 MOD 11-2. The residence cards of the same shape share the check and the birth date.
/// </summary>
public static class ResidentId
{
    /// <summary>How many characters a number has.</summary>
    public const int Length = 18;

    private static readonly DateOnly FirstBirthDate = new(1850, 1, 1);

    private static ReadOnlySpan<byte> Weights => [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

    /// <summary>The check character, 0-9 or X, over the first 17 digits.</summary>
    public static char CheckDigit(ReadOnlySpan<char> first17)
    {
        var sum = 0;
        for (var i = 0; i < Weights.Length; i++)
        {
            sum += (first17[i] - '0') * Weights[i];
        }

        return "10X98765432"[sum % 11];
    }

    /// <summary>The birth date in positions 7 to 14, from 1850 on; false when it is no day of the calendar.</summary>
    internal static bool TryBirthDate(ReadOnlySpan<char> number, out DateOnly day)
    {
        var year = Two(number, 6) * 100 + Two(number, 8);
        var month = Two(number, 10);
        var dayOfMonth = Two(number, 12);
        if (year < FirstBirthDate.Year || month is < 1 or > 12 || dayOfMonth < 1 || dayOfMonth > DateTime.DaysInMonth(year, month))
        {
            day = default;
            return false;
        }

        day = new DateOnly(year, month, dayOfMonth);
        return true;
    }

    /// <summary>Whether a number has the shape: 17 digits and a digit or X.</summary>
    internal static bool HasShape(ReadOnlySpan<char> number) =>
        number.Length == Length && IdForms.AreDigits(number[..17]) && (char.IsAsciiDigit(number[17]) || number[17] == 'X');

    /// <summary>Judges a normalised number.</summary>
    /// <returns>Null, or the first rule that fails: length, characters, region, birth date, check character.</returns>
    internal static RuleViolation? Check(ReadOnlySpan<char> number, string field, DateOnly today)
    {
        if (number.Length != Length)
        {
            return new RuleViolation(
                ErrorReason.ResidentIdLength, field + ".number", ("length", number.Length.ToString(CultureInfo.InvariantCulture)));
        }

        if (!HasShape(number))
        {
            var wrong = number[..17].IndexOfAnyExceptInRange('0', '9');
            var index = (wrong < 0 ? 17 : wrong) + 1;
            return new RuleViolation(
                ErrorReason.ResidentIdCharacter, field + ".number", ("index", index.ToString(CultureInfo.InvariantCulture)));
        }

        if (number[..6].SequenceEqual("100000") || !Regions.IsAccepted(number[..6]))
        {
            return new RuleViolation(ErrorReason.ResidentIdRegion, field + ".number");
        }

        if (!TryBirthDate(number, out var born) || born > today)
        {
            return new RuleViolation(ErrorReason.ResidentIdBirthDate, field + ".number");
        }

        return CheckDigit(number) == number[17] ? null : new RuleViolation(ErrorReason.ResidentIdCheckDigit, field + ".number");
    }

    private static int Two(ReadOnlySpan<char> number, int at) => ((number[at] - '0') * 10) + (number[at + 1] - '0');
}
