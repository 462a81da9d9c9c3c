using System.Diagnostics;
using System.Globalization;
using CreditExchange.Domain.Samples;
using CreditExchange.Lookup.Redis;
using CreditExchange.TestKit;
using CreditExchange.V1;
using StackExchange.Redis;

namespace CreditExchange.Benchmarks;

/// <summary>
/// Batches of 1,000 checks, access log on, against the same client asking Redis whether the same subjects are there: pipelined
/// EXISTS, which knows no law, no name, no log and no freshness.
/// </summary>
internal static class BatchBenchmark
{
    private const int Batch = 1_000;
    private const int Batches = 64;
    private const int Rounds = 5;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(3);

    public static async Task RunAsync()
    {
        var (server, _) = await BenchmarkServer.StartAsync(sample: 20_000);
        await using var owned = server;
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(TierConnection.Options(redis.Configuration));
        var database = connection.GetDatabase();
        var random = new Random(11);
        var subjects = Enumerable.Range(0, Batch * Batches).Select(_ => SampleIds.Uscc(random)).ToArray();
        var keys = subjects.Select(s => (RedisKey)$"cx:{s.Number}").ToArray();
        for (var i = 0; i < keys.Length; i += 20)
        {
            await database.StringSetAsync(keys[i], "1");
        }

        var requests = subjects.Chunk(Batch).Select(chunk => new BatchCheckSubjectsRequest
        {
            Matter = "approval.notification-commitment",
            Purpose = "bench-1",
            Subjects = { chunk },
        }).ToArray();
        Console.WriteLine("## batches of 1,000 checks against Redis (goals: >= 3 x StackExchange.Redis with pipelined EXISTS, >= redis-benchmark -c 1 -P 50)");
        foreach (var callers in new[] { 1, 2 })
        {
            await CompareAsync(server, redis, database, requests, keys, callers);
        }
    }

    // What redis-benchmark itself reaches with one client and a pipeline of 50: EXISTS a second.
    private static async Task<double> ToolAsync(int port)
    {
        using var tool = Process.Start(new ProcessStartInfo("redis-benchmark")
        {
            ArgumentList =
            {
                "-p", $"{port}", "-c", "1", "-P", "50", "-n", "2000000", "-r", "1000000", "-q", "--csv", "EXISTS", "cx:__rand_int__",
            },
            RedirectStandardOutput = true,
        })!;
        var output = await tool.StandardOutput.ReadToEndAsync();
        await tool.WaitForExitAsync();
        var row = output.Split('\n').Last(l => l.StartsWith("\"EXISTS", StringComparison.Ordinal));
        return double.Parse(row.Split(',')[1].Trim('"'), CultureInfo.InvariantCulture);
    }

    private static async Task CompareAsync(
        BenchmarkServer server, RedisServer redis, IDatabase database, BatchCheckSubjectsRequest[] requests, RedisKey[] keys, int callers)
    {
        var lookups = Enumerable.Range(0, callers).Select(_ => new LookupService.LookupServiceClient(server.Connect("hainan-approval"))).ToArray();
        Func<int, int, Task> ask = async (caller, i) =>
        {
            var answer = await lookups[caller].BatchCheckSubjectsAsync(requests[((caller * 31) + i) % Batches]);
            if (answer.Results.Count != Batch || answer.Results[0].Verdict == Verdict.Unspecified)
            {
                throw new InvalidOperationException("A wrong answer.");
            }
        };
        Func<int, int, Task> exists = (caller, i) =>
        {
            var first = ((caller * 31) + i) % Batches * Batch;
            var answers = new Task<bool>[Batch];
            for (var k = 0; k < Batch; k++)
            {
                answers[k] = database.KeyExistsAsync(keys[first + k]);
            }

            return Task.WhenAll(answers);
        };
        await ClosedLoop.RunAsync(callers, Slice, ask);
        await ClosedLoop.RunAsync(callers, Slice, exists);
        var (hub, client, tool) = (new List<Load>(), new List<Load>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            hub.Add(await ClosedLoop.RunAsync(callers, Slice, ask, server.Pid));
            client.Add(await ClosedLoop.RunAsync(callers, Slice, exists));
            tool.Add(await ToolAsync(redis.Port));
        }

        var (h, c, t) = (Load.Median(hub), Load.Median(client), tool.Order().ElementAt(Rounds / 2));
        Console.WriteLine($"{callers} batch(es) under way");
        Console.WriteLine($"  hub                   {h.PerSecond * Batch,9:N0} checks/s  p50 {h.P50:F2} ms  p99 {h.P99:F2} ms a batch  server CPU {h.CpuMicros / Batch:F2} µs a check");
        Console.WriteLine($"  StackExchange.Redis   {c.PerSecond * Batch,9:N0} EXISTS/s  ratio {h.PerSecond / c.PerSecond:F2}");
        Console.WriteLine($"  redis-benchmark       {t,9:N0} EXISTS/s  ratio {h.PerSecond * Batch / t:F2}");
    }
}
