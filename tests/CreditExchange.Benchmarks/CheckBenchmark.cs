using CreditExchange.V1;
using Grpc.Core;
using Grpc.Health.V1;

namespace CreditExchange.Benchmarks;

/// <summary>
/// A unary check, access log on, against an empty unary echo on the same server under the same load, in turns: with the same
/// token, and with none (the health service's Check, which looks into a table).
/// </summary>
internal static class CheckBenchmark
{
    private const int Rounds = 5;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(3);

    public static async Task RunAsync()
    {
        var (server, _) = await BenchmarkServer.StartAsync(sample: 20_000);
        await using var owned = server;
        Console.WriteLine("## unary CheckSubject against an empty unary echo with the same token (goals: throughput ratio >= 0.95, with a tokenless echo >= 0.85; p99 <= 1.2; server CPU <= 1.10)");
        var requests = CheckRequests.OfPersons();
        foreach (var (connections, streams) in new[] { (1, 1), (16, 1), (1, 64) })
        {
            await CompareAsync(server, connections, streams, requests);
        }
    }

    private static async Task CompareAsync(BenchmarkServer server, int connections, int streams, CheckSubjectRequest[] requests)
    {
        var invokers = Enumerable.Range(0, connections).Select(_ => server.Connect("haikou-dutyfree")).ToArray();
        var lookups = invokers.Select(i => new LookupService.LookupServiceClient(i)).ToArray();
        var echoes = invokers.Select(i => new EchoService.EchoServiceClient(i)).ToArray();
        var healths = invokers.Select(i => new Health.HealthClient(server.ConnectOpenly())).ToArray();
        var empty = new EchoRequest();
        Func<int, int, Task> check = async (caller, i) =>
        {
            var answer = await lookups[caller % connections].CheckSubjectAsync(requests[(caller * 61 + i) & 4_095]);
            if (answer.Verdict is not (Verdict.Clear or Verdict.Restricted))
            {
                throw new InvalidOperationException($"A wrong answer: {answer.Verdict}.");
            }
        };
        Func<int, int, Task> open = async (caller, _) => await healths[caller % connections].CheckAsync(new HealthCheckRequest());
        Func<int, int, Task> echo = async (caller, _) => await echoes[caller % connections].EchoAsync(empty);
        await ClosedLoop.RunAsync(connections * streams, Slice, check);
        await ClosedLoop.RunAsync(connections * streams, Slice, echo);
        await ClosedLoop.RunAsync(connections * streams, Slice, open);
        var checks = new List<Load>();
        var echos = new List<Load>();
        var opens = new List<Load>();
        for (var round = 0; round < Rounds; round++)
        {
            echos.Add(await ClosedLoop.RunAsync(connections * streams, Slice, echo, server.Pid));
            opens.Add(await ClosedLoop.RunAsync(connections * streams, Slice, open, server.Pid));
            checks.Add(await ClosedLoop.RunAsync(connections * streams, Slice, check, server.Pid));
        }

        var (c, e, o) = (Load.Median(checks), Load.Median(echos), Load.Median(opens));
        Console.WriteLine($"{connections} connection(s) x {streams} stream(s)");
        Console.WriteLine($"  echo  {e}");
        Console.WriteLine($"  open  {o}");
        Console.WriteLine($"  check {c}");
        Console.WriteLine($"  ratio throughput {c.PerSecond / e.PerSecond:F3}  p99 {c.P99 / e.P99:F2}  server CPU {c.CpuMicros / e.CpuMicros:F2}; to the tokenless echo {c.PerSecond / o.PerSecond:F3}");
        var (half, slow) = (c.PerSecond / 2, TimeSpan.FromSeconds(6));
        var due = await OpenLoop.RunAsync(half, slow, i => check(i, i), server.Pid);
        var dueEcho = await OpenLoop.RunAsync(half, slow, i => echo(i, i), server.Pid);
        Console.WriteLine($"  open loop at half of the peak: check {due}");
        Console.WriteLine($"                                 echo  {dueEcho}  ratio p99 {due.P99 / dueEcho.P99:F2}");
    }
}
