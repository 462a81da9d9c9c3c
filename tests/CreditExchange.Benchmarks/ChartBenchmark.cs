using CreditExchange.V1;

namespace CreditExchange.Benchmarks;

/// <summary>Throughput and latency against the number of subjects and against concurrency, as docs/performance.svg.</summary>
internal static class ChartBenchmark
{
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(3);
    private static readonly int[] Streams = [1, 2, 4, 8, 16, 32, 64];

    public static async Task RunAsync()
    {
        var index = IndexBenchmark.Run(0);
        var (server, _) = await BenchmarkServer.StartAsync(sample: 20_000);
        await using var owned = server;
        var (checks, echoes) = await UnaryAsync(server);
        List<Panel> panels =
        [
            new(
                "The index: verdicts for a subject key", "subjects", "million/s", "ns",
                [Of("clean", "#1a7f37", index, p => (p.Subjects, 1_000 / p.Miss)), Of("listed", "#b35900", index, p => (p.Subjects, 1_000 / p.Hit))],
                [Of("clean", "#1a7f37", index, p => (p.Subjects, p.Miss)), Of("listed", "#b35900", index, p => (p.Subjects, p.Hit))]),
            new(
                "CheckSubject over one connection, access log on", "calls under way", "calls/s", "p99, ms",
                [Of("check", "#0550ae", checks, c => (c.Streams, c.Load.PerSecond)), Of("empty echo", "#999", echoes, c => (c.Streams, c.Load.PerSecond))],
                [Of("check", "#0550ae", checks, c => (c.Streams, c.Load.P99)), Of("empty echo", "#999", echoes, c => (c.Streams, c.Load.P99))]),
        ];
        var file = Path.Combine("docs", "performance.svg");
        Chart.Write(file, $"make bench ARGS=chart, {Machine.Describe()}; hub and load share the machine", panels);
        Console.WriteLine($"  {file}");
    }

    private static async Task<(List<(int Streams, Load Load)> Checks, List<(int Streams, Load Load)> Echoes)> UnaryAsync(BenchmarkServer server)
    {
        Console.WriteLine("## unary checks and echoes over one connection");
        var requests = CheckRequests.OfPersons();
        var invoker = server.Connect("haikou-dutyfree");
        var (lookup, echo) = (new LookupService.LookupServiceClient(invoker), new EchoService.EchoServiceClient(invoker));
        Func<int, int, Task> check = async (caller, i) => await lookup.CheckSubjectAsync(requests[((caller * 61) + i) & 4_095]);
        Func<int, int, Task> nothing = async (_, _) => await echo.EchoAsync(new EchoRequest());
        await ClosedLoop.RunAsync(64, 2 * Slice, check);
        await ClosedLoop.RunAsync(64, 2 * Slice, nothing);
        List<(int, Load)> checks = [];
        List<(int, Load)> echoes = [];
        foreach (var streams in Streams)
        {
            echoes.Add((streams, await MedianAsync(streams, nothing)));
            checks.Add((streams, await MedianAsync(streams, check)));
            Console.WriteLine($"  {streams,3}  check {checks[^1].Item2}  echo {echoes[^1].Item2}");
        }

        return (checks, echoes);
    }

    private static async Task<Load> MedianAsync(int callers, Func<int, int, Task> call) =>
        Load.Median([await ClosedLoop.RunAsync(callers, Slice, call), await ClosedLoop.RunAsync(callers, Slice, call), await ClosedLoop.RunAsync(callers, Slice, call)]);

    private static Curve Of<T>(string name, string color, IReadOnlyList<T> from, Func<T, (double, double)> point) => new(name, color, [.. from.Select(point)]);
}
