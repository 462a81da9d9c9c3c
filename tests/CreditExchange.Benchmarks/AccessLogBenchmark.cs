using CreditExchange.V1;

namespace CreditExchange.Benchmarks;

/// <summary>Checks on a hub that writes its access log against checks on one that doesn't, in turns.</summary>
internal static class AccessLogBenchmark
{
    private const int Rounds = 7;
    private const int WarmRounds = 5;
    private const int Connections = 16;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(3);

    public static async Task RunAsync()
    {
        var (with, _) = await BenchmarkServer.StartAsync(sample: 20_000);
        await using var ownedWith = with;
        var (without, _) = await BenchmarkServer.StartAsync(sample: 20_000, noAccessLog: true);
        await using var ownedWithout = without;
        Console.WriteLine("## unary CheckSubject with the access log against without (goal: throughput ratio >= 0.95)");
        var requests = CheckRequests.OfPersons();
        var (on, off) = (Calls(with, requests), Calls(without, requests));
        // Until the runtime has compiled what is hot.
        for (var round = 0; round < WarmRounds; round++)
        {
            await ClosedLoop.RunAsync(Connections, Slice, on);
            await ClosedLoop.RunAsync(Connections, Slice, off);
        }

        var (logged, bare, ratios) = (new List<Load>(), new List<Load>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            // In turns, and who is first in turns too.
            var first = await ClosedLoop.RunAsync(Connections, Slice, round % 2 == 0 ? on : off, round % 2 == 0 ? with.Pid : without.Pid);
            var second = await ClosedLoop.RunAsync(Connections, Slice, round % 2 == 0 ? off : on, round % 2 == 0 ? without.Pid : with.Pid);
            logged.Add(round % 2 == 0 ? first : second);
            bare.Add(round % 2 == 0 ? second : first);
            ratios.Add(logged[^1].PerSecond / bare[^1].PerSecond);
        }

        var (a, b) = (Load.Median(logged), Load.Median(bare));
        Console.WriteLine($"  with    {a}");
        Console.WriteLine($"  without {b}");
        Console.WriteLine(
            $"  ratio throughput {a.PerSecond / b.PerSecond:F3} (median of rounds {ratios.Order().ElementAt(Rounds / 2):F3})  "
            + $"server CPU {a.CpuMicros / b.CpuMicros:F3}");
    }

    private static Func<int, int, Task> Calls(BenchmarkServer server, CheckSubjectRequest[] requests)
    {
        var lookups = Enumerable.Range(0, Connections)
            .Select(_ => new LookupService.LookupServiceClient(server.Connect("haikou-dutyfree"))).ToArray();
        return async (caller, i) => await lookups[caller].CheckSubjectAsync(requests[(caller * 61 + i) & 4_095]);
    }
}
