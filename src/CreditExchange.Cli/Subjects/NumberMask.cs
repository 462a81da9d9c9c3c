using CreditExchange.Domain.Subjects;

namespace CreditExchange.Cli.Subjects;

/// <summary>How cx shows numbers: never in clear.</summary>
internal static class NumberMask
{
    /// <summary>First 4 and last 4 characters; shorter ones show less, below 6 characters nothing.</summary>
    public static string Of(string number)
    {
        var text = number.Trim();
        var shown = text.Length switch
        {
            >= 12 => 4,
            >= 8 => 2,
            >= 6 => 1,
            _ => 0,
        };
        return string.Concat(text.AsSpan(0, shown), new string('*', text.Length - (2 * shown)), text.AsSpan(text.Length - shown));
    }

    /// <summary>Replaces a number wherever it stands in a text, and whatever else in it is a resident identity number.</summary>
    public static string Within(string text, string number)
    {
        var clear = number.Trim();
        var masked = clear.Length >= 6 ? text.Replace(clear, Of(clear), StringComparison.OrdinalIgnoreCase) : text;
        for (var start = 0; start + ResidentId.Length <= masked.Length; start++)
        {
            var part = masked.AsSpan(start, ResidentId.Length);
            if (!part[..^1].ContainsAnyExceptInRange('0', '9') && ResidentId.CheckDigit(part) == char.ToUpperInvariant(part[^1]))
            {
                masked = string.Concat(masked.AsSpan(0, start), Of(part.ToString()), masked.AsSpan(start + ResidentId.Length));
            }
        }

        return masked;
    }
}
