using System.Text.RegularExpressions;
using CreditExchange.Domain.Samples;
using CreditExchange.TestKit;
using Google.Protobuf;

namespace CreditExchange.Interop.Tests;

public sealed partial class TaxSampleTests
{
    private const string Folder = "interop-samples/tax-java";
    private const int Rows = 20_000;

    [Fact]
    public async Task The_tax_bureau_in_Java_imports_more_than_the_hub_leaves_unanswered_and_a_second_run_adds_nothing()
    {
        _ = Repository.Java;
        await using var hub = await HubServer.StartAsync();
        var file = Path.Combine(hub.Data, "tax.ndjson");
        await File.WriteAllLinesAsync(file, Listings());

        var before = await PositionAsync(hub);
        var first = await ImportAsync(hub, file);
        Assert.Equal((Rows + 1, Rows), (first.Sent, first.Accepted));
        Assert.True(first.WhileWriting > 0, $"No answer was taken before the last item was written.\n{first.Text}");
        // The hub reads 10,000 ahead of its answers; some thousands more lie in the transport's windows (about 1 MB).
        Assert.True(first.Unanswered < Rows, $"Nothing held the client back.\n{first.Text}");
        Assert.Contains("refused USCC_CHECK_DIGIT: 1", first.Text, StringComparison.Ordinal);
        Assert.Equal(before + Rows, await PositionAsync(hub));

        var second = await ImportAsync(hub, file);
        Assert.Equal((Rows + 1, Rows), (second.Sent, second.Accepted));
        Assert.Equal(before + Rows, await PositionAsync(hub));
    }

    private static IEnumerable<string> Listings()
    {
        var formatter = new JsonFormatter(JsonFormatter.Settings.Default);
        for (var i = 0; i < Rows; i++)
        {
            yield return formatter.Format(TestListings.Create("tax.major-violation", TestListings.Company(i), $"J-{i}"));
        }

        var mistyped = Personas.Of("clean").Ids[0].Id.Clone();
        mistyped.Number = mistyped.Number[..^1] + (mistyped.Number[^1] == '0' ? '1' : '0');
        yield return formatter.Format(TestListings.Create("tax.major-violation", mistyped, "J-mistyped"));
    }

    private static async Task<(int Sent, int Accepted, int WhileWriting, int Unanswered, string Text)> ImportAsync(HubServer hub, string file)
    {
        var (code, text) = await ChildProcess.RunAsync(Folder, HubVariables.Of(hub), null, "/bin/sh", "run.sh", file);
        Assert.True(code == 0, text);
        var told = Told().Match(text);
        Assert.True(told.Success, text);
        var numbers = told.Groups.Values.Skip(1).Select(g => int.Parse(g.Value, null)).ToArray();
        return (numbers[0], numbers[1], numbers[2], numbers[3], text);
    }

    private static async Task<long> PositionAsync(HubServer hub)
    {
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri($"{hub.HttpAddress}/metrics"));
        return long.Parse(Position().Match(metrics).Groups[1].Value, null);
    }

    [GeneratedRegex(@"^creditexchange_ledger_position (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Position();

    [GeneratedRegex(@"(\d+) sent, (\d+) accepted, (\d+) answered while writing, at most (\d+) unanswered")]
    private static partial Regex Told();
}
