using System.Text.RegularExpressions;

namespace CreditExchange.Interop.Tests;

/// <summary>One shell block of the README's tour, with the output that the README shows below it.</summary>
internal sealed partial record TourBlock(string Commands, string Shown)
{
    /// <summary>All blocks of a section, in order.</summary>
    public static List<TourBlock> Of(string markdown, string heading)
    {
        var start = markdown.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"The README has no section '{heading}'.");
        var end = markdown.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return [.. Pair().Matches(markdown[start..end]).Select(m => new TourBlock(m.Groups["sh"].Value, m.Groups["text"].Value))];
    }

    /// <summary>A text with everything masked that differs from run to run: times, ids, rates, ports and the data folder.</summary>
    public static string Stable(string text)
    {
        // A slow machine sees lines of progress.
        text = ProgressLine().Replace(text, "");
        text = Instant().Replace(text, "TIME");
        text = CheckId().Replace(text, "check_id ID");
        text = Ledger().Replace(text, "LEDGER$1");
        text = Speed().Replace(text, "SECONDS, RATE");
        text = Port().Replace(text, "127.0.0.1:PORT");
        return DataFolder().Replace(text, "in DATA.").TrimEnd();
    }

    [GeneratedRegex("```sh\\n(?<sh>.*?)```\\n\\n```text\\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Pair();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")]
    private static partial Regex Instant();

    [GeneratedRegex(@"^\d+ rows answered,.*\n", RegexOptions.Multiline)]
    private static partial Regex ProgressLine();

    [GeneratedRegex("check_id n1-[0-9]{8}-[0-9a-f]{8}")]
    private static partial Regex CheckId();

    [GeneratedRegex(@"\b[0-9a-f]{6}([.-]\d+)")]
    private static partial Regex Ledger();

    [GeneratedRegex(@"[\d.]+ s, [\d,.]+ rows/s")]
    private static partial Regex Speed();

    [GeneratedRegex(@"127\.0\.0\.1:\d+")]
    private static partial Regex Port();

    [GeneratedRegex(@"in \S+\.$", RegexOptions.Multiline)]
    private static partial Regex DataFolder();
}
