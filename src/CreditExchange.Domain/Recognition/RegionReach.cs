namespace CreditExchange.Domain.Recognition;

/// <summary>Which regions lie in which, by their codes of GB/T 2260: 440300 lies in 440000.</summary>
public static class RegionReach
{
    /// <summary>Whether a text is a region's code.</summary>
    public static bool IsRegion(string code)
    {
        if (code.Length != 6 || code[0] == '0')
        {
            return false;
        }

        foreach (var c in code)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a region is another or lies in it.</summary>
    public static bool LiesIn(string region, string whole) =>
        IsRegion(region) && IsRegion(whole) && region.AsSpan().StartsWith(whole.AsSpan(0, DigitsOf(whole)), StringComparison.Ordinal);

    /// <summary>How many digits of a code say something: two for a province, four for a city, else six.</summary>
    internal static int DigitsOf(string region) =>
        !region.EndsWith("00", StringComparison.Ordinal) ? 6 : region.EndsWith("0000", StringComparison.Ordinal) ? 2 : 4;
}
