using System.Globalization;
using CreditExchange.TestKit;
using Xunit.Abstractions;

namespace CreditExchange.Hub.Tests.Kills;

/// <summary>`make soak`: ROUNDS kills, in turn at every named step and at random moments of random work.</summary>
public sealed class SoakTests(FilledFolder filled, ITestOutputHelper output) : IClassFixture<FilledFolder>
{
    private const int Seed = 20_261_122;
    private static readonly Work[] s_works = [Work.Load, Work.Wrapping, Work.Subject, Work.Token, Work.Erasure, Work.Backup];

    [SoakFact]
    [Trait("Category", "Soak")]
    public async Task Many_kills_lose_double_and_reorder_nothing()
    {
        var random = new Random(Seed);
        var rounds = SoakFactAttribute.Rounds;
        for (var round = 1; round <= rounds; round++)
        {
            using var kill = new KillRound(filled);
            // Steps and moments in turn.
            if (round % 2 == 0)
            {
                var step = Steps.All[round / 2 % Steps.All.Count];
                Tell(round, step.Name, await kill.KillAtAsync(step));
                await kill.CheckAsync(step.Work);
            }
            else
            {
                var work = s_works[random.Next(s_works.Length)];
                var answers = random.Next(1, 400);
                Tell(round, $"{work} after {answers} answers", await kill.KillAfterAsync(answers, work));
                await kill.CheckAsync(work);
            }
        }

        var summary = string.Create(
            CultureInfo.InvariantCulture, $"{rounds} kills, seed {Seed}: nothing acknowledged was lost, doubled or reordered; no answer without its record.");
        output.WriteLine(summary);
        Console.WriteLine(summary);
    }

    private void Tell(int round, string where, string told)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"round {round}: killed at {where}: {told}");
        output.WriteLine(line);
        // Seen while it runs; the test's own output comes at the end.
        Console.WriteLine(line);
    }
}
