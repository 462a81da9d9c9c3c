using System.Globalization;
using System.Text.RegularExpressions;

namespace CreditExchange.Hub.Tests.Access;

internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>
/// A strict reader of the Prometheus text format 0.0.4: families stand together under HELP and TYPE, no series twice,
/// histograms are cumulative and end with +Inf.
/// </summary>
internal static partial class PrometheusParser
{
    public static IReadOnlyList<Sample> Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var samples = new List<Sample>();
        var types = new Dictionary<string, string>();
        var seen = new HashSet<string>();
        var family = "";
        foreach (var line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
            {
                family = help.Groups["name"].Value;
                Assert.False(types.ContainsKey(family), $"{family} stands in two places");
            }
            else if (Type().Match(line) is { Success: true } type)
            {
                Assert.Equal(family, type.Groups["name"].Value);
                types.Add(family, type.Groups["type"].Value);
            }
            else
            {
                var match = SampleLine().Match(line);
                Assert.True(match.Success, $"no sample: '{line}'");
                var sample = new Sample(
                    match.Groups["name"].Value,
                    Label().Matches(match.Groups["labels"].Value).ToDictionary(l => l.Groups["n"].Value, l => l.Groups["v"].Value),
                    match.Groups["value"].Value switch
                    {
                        "+Inf" => double.PositiveInfinity,
                        "-Inf" => double.NegativeInfinity,
                        var number => double.Parse(number, CultureInfo.InvariantCulture),
                    });
                Assert.True(seen.Add(line[..line.LastIndexOf(' ')]), $"twice: '{line}'");
                var suffix = sample.Name[family.Length..];
                Assert.StartsWith(family, sample.Name, StringComparison.Ordinal);
                Assert.Contains(suffix, types[family] == "histogram" ? new[] { "_bucket", "_sum", "_count" } : [""]);
                samples.Add(sample);
            }
        }

        CheckHistograms(samples);
        return samples;
    }

    private static void CheckHistograms(List<Sample> samples)
    {
        var buckets = samples.Where(s => s.Name.EndsWith("_bucket", StringComparison.Ordinal)).GroupBy(
            s => s.Name + string.Join(',', s.Labels.Where(l => l.Key != "le").OrderBy(l => l.Key).Select(l => $"{l.Key}={l.Value}")));
        foreach (var histogram in buckets)
        {
            var rows = histogram.ToList();
            Assert.Equal(rows.OrderBy(r => Bound(r)), rows);
            Assert.Equal(rows.OrderBy(r => r.Value).Select(r => r.Value), rows.Select(r => r.Value));
            Assert.Equal(double.PositiveInfinity, Bound(rows[^1]));
            var count = samples.Single(s => s.Name == rows[0].Name.Replace("_bucket", "_count", StringComparison.Ordinal)
                && s.Labels.All(l => rows[0].Labels.TryGetValue(l.Key, out var v) && v == l.Value));
            Assert.Equal(count.Value, rows[^1].Value);
        }

        static double Bound(Sample s) =>
            s.Labels["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(s.Labels["le"], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) [^\n]+$")]
    private static partial Regex Help();

    [GeneratedRegex(@"^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge|histogram|summary|untyped)$")]
    private static partial Regex Type();

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>[a-zA-Z_][a-zA-Z0-9_]*=""([^""\\\n]|\\[\\""n])*""(,[a-zA-Z_][a-zA-Z0-9_]*=""([^""\\\n]|\\[\\""n])*"")*)\})? (?<value>[+-]?(Inf|[0-9.]+([eE][+-]?[0-9]+)?)|NaN)$")]
    private static partial Regex SampleLine();

    [GeneratedRegex(@"(?<n>[a-zA-Z_][a-zA-Z0-9_]*)=""(?<v>([^""\\\n]|\\[\\""n])*)""")]
    private static partial Regex Label();
}
