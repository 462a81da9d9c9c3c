using System.Text;
using System.Text.RegularExpressions;
using CreditExchange.TestKit;
using Xunit.Abstractions;

namespace CreditExchange.Hub.Tests.Kills;

/// <summary>The test build of the hub is killed at every named step, under load; the next hub must stand on what it left.</summary>
public sealed class StepTests(FilledFolder filled, ITestOutputHelper output) : IClassFixture<FilledFolder>
{
    public static TheoryData<string> Names => [.. Steps.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_kill_at_a_step_loses_doubles_and_reorders_nothing_and_what_was_begun_is_finished(string name)
    {
        var step = Steps.All.Single(s => s.Name == name);
        using var round = new KillRound(filled);
        output.WriteLine(await round.KillAtAsync(step));
        await round.CheckAsync(step.Work);
    }

    [Fact]
    public void The_steps_are_those_of_the_source_and_at_least_sixty()
    {
        var source = Directory.EnumerateFiles(Path.Combine(TrapsBuild.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Regex.Matches(File.ReadAllText(file), "Traps\\.Reach\\(\"([^\"]+)\"\\)").Select(m => m.Groups[1].Value)).ToList();
        // Those of the relay are killed beside a Kafka cluster, in the streams' own tests, those of the exchange beside a second hub.
        Assert.Equal(
            source.Where(s => !s.StartsWith("relay.", StringComparison.Ordinal) && !s.StartsWith("exchange.", StringComparison.Ordinal)).Order(StringComparer.Ordinal), Steps.All.Concat(Steps.Offline).Select(s => s.Name).Order(StringComparer.Ordinal));
        Assert.True(source.Distinct(StringComparer.Ordinal).Count() >= 60);
    }

    [Fact]
    public void The_shipped_build_has_no_step_and_the_test_build_has()
    {
        var name = Encoding.Unicode.GetBytes("write.after-commit");
        var shipped = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "CreditExchange.Ledger.dll"));
        Assert.Equal(-1, shipped.AsSpan().IndexOf(name));
        var trapped = File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(TrapsBuild.Hub)!, "CreditExchange.Ledger.dll"));
        Assert.NotEqual(-1, trapped.AsSpan().IndexOf(name));
    }
}
