using System.Globalization;
using System.Text;
using CreditExchange.Hub.Tests.Kills;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Xunit.Abstractions;

namespace CreditExchange.Hub.Tests.Edge.History;

/// <summary>
/// Writers, and readers at a full node and two edge nodes, while Redis and the nodes' connections break. Afterwards every answer is
/// held against the whole ledger; and with one guard left out at one node, that node's answers are found to be wrong.
/// </summary>
public sealed class HistoryTests(ITestOutputHelper output)
{
    private const int Seed = 20_261;

    [Fact]
    public async Task Whatever_breaks_every_answer_is_right_at_its_position_and_no_position_goes_back()
    {
        await using var nodes = await HistoryNodes.StartAsync(guardOut: null);
        await RunAsync(nodes, Seed, AllFaults(new Random(Seed)));
    }

    [SoakFact]
    [Trait("Category", "Soak")]
    public async Task Many_faults_in_a_random_order_leave_every_answer_right()
    {
        for (var round = 0; round < SoakFactAttribute.Rounds; round += 20)
        {
            var random = new Random(Seed + round);
            await using var nodes = await HistoryNodes.StartAsync(guardOut: null);
            Console.WriteLine(await RunAsync(nodes, Seed + round, AllFaults(random).Concat(AllFaults(random))));
        }
    }

    // Each with the fault that it is there for.
    [Theory]
    [InlineData("edge.last-change", "WriterHeld")]
    [InlineData("edge.ahead", "FollowerHeld")]
    [InlineData("tier.floor", "RedisOld")]
    public async Task Without_a_guard_the_node_that_lacks_it_gives_wrong_answers_and_they_are_found(string guard, string fault)
    {
        await using var nodes = await HistoryNodes.StartAsync(guard);
        using var run = new HistoryRun(nodes, Seed);
        await run.RunAsync([(System.Enum.Parse<Fault>(fault), 0)]);
        var anomalies = await run.CheckAsync();
        output.WriteLine($"{run.Answers} answers, {run.Failures} failures, {run.Written} writes, {anomalies.Count} anomalies: {(anomalies.Count > 0 ? anomalies[0] : null)}");
        Assert.Contains(anomalies, a => a.Wrong == Wrong.Content);
        Assert.All(anomalies, a => Assert.Equal("e1", a.Node));
    }

    [Fact]
    public async Task Who_takes_no_position_along_goes_back_and_that_is_found()
    {
        await using var nodes = await HistoryNodes.StartAsync(guardOut: null);
        using var run = new HistoryRun(nodes, Seed, carries: false);
        await run.RunAsync([(Fault.FollowerHeld, 0)]);
        var anomalies = await run.CheckAsync();
        Assert.NotEmpty(anomalies);
        Assert.All(anomalies, a => Assert.Equal(Wrong.Backwards, a.Wrong));
    }

    [Fact]
    public void The_shipped_build_has_no_guard_to_leave_out()
    {
        var name = Encoding.Unicode.GetBytes("edge.last-change");
        Assert.Equal(-1, File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "CreditExchange.Lookup.dll")).AsSpan().IndexOf(name));
        var trapped = Path.Combine(Path.GetDirectoryName(TrapsBuild.Hub)!, "CreditExchange.Lookup.dll");
        Assert.NotEqual(-1, File.ReadAllBytes(trapped).AsSpan().IndexOf(name));
    }

    private static (Fault Fault, int Edge)[] AllFaults(Random random)
    {
        (Fault, int)[] faults =
        [
            (Fault.RedisKilled, 0), (Fault.RedisFlushed, 0), (Fault.RedisOld, 0), (Fault.RedisHeld, 0), (Fault.WriterHeld, 0),
            (Fault.FollowerHeld, 0), (Fault.FollowerHeld, 1), (Fault.FollowerCut, random.Next(2)), (Fault.EdgeStopped, random.Next(2)),
        ];
        random.Shuffle(faults);
        return faults;
    }

    private async Task<string> RunAsync(HistoryNodes nodes, int seed, IEnumerable<(Fault Fault, int Edge)> faults)
    {
        using var run = new HistoryRun(nodes, seed);
        await run.RunAsync(faults);
        var anomalies = await run.CheckAsync();
        var told = string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: {run.Answers} answers, {run.Failures} questions without, {run.Written} writes, {anomalies.Count} anomalies");
        output.WriteLine(told);
        Assert.True(anomalies.Count == 0, string.Join('\n', anomalies.Take(20)));
        return told;
    }
}
