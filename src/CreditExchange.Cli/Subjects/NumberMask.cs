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

    /// <summary>Replaces a number wherever it stands in a text.</summary>
    public static string Within(string text, string number)
    {
        var clear = number.Trim();
        return clear.Length >= 6 ? text.Replace(clear, Of(clear), StringComparison.OrdinalIgnoreCase) : text;
    }
}
