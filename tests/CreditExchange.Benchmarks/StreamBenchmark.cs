using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Benchmarks;

/// <summary>StreamChecks against unary checks on one connection, with one and with 64 calls outstanding.</summary>
internal static class StreamBenchmark
{
    private const int Rounds = 5;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(3);

    public static async Task RunAsync()
    {
        var (server, _) = await BenchmarkServer.StartAsync(sample: 20_000);
        await using var owned = server;
        Console.WriteLine("## StreamChecks against unary checks on one connection (goals: >= 5 x with one unary call outstanding, >= 1.1 x with 64)");
        var requests = CheckRequests.OfOrganisations();
        var connection = server.Connect("hainan-approval");
        var lookup = new LookupService.LookupServiceClient(connection);
        Func<int, int, Task> unary = async (caller, i) => await lookup.CheckSubjectAsync(requests[((caller * 61) + i) & 4_095]);
        foreach (var outstanding in new[] { 1, 64 })
        {
            var (unaries, streams) = (new List<Load>(), new List<Load>());
            await ClosedLoop.RunAsync(outstanding, Slice, unary);
            await StreamAsync(server, lookup, requests);
            for (var round = 0; round < Rounds; round++)
            {
                unaries.Add(await ClosedLoop.RunAsync(outstanding, Slice, unary, server.Pid));
                streams.Add(await StreamAsync(server, lookup, requests));
            }

            var (u, s) = (Load.Median(unaries), Load.Median(streams));
            Console.WriteLine($"{outstanding} unary call(s) outstanding");
            Console.WriteLine($"  unary   {u}");
            Console.WriteLine($"  stream  {s}");
            Console.WriteLine($"  ratio throughput {s.PerSecond / u.PerSecond:F2}  server CPU {s.CpuMicros / u.CpuMicros:F2}");
        }
    }

    // Up to 256 checks under way on one stream.
    private static async Task<Load> StreamAsync(BenchmarkServer server, LookupService.LookupServiceClient lookup, CheckSubjectRequest[] requests)
    {
        using var call = lookup.StreamChecks();
        var window = Channel.CreateBounded<long>(256);
        var latencies = new List<double>(1_000_000);
        var cpu = Machine.CpuOf(server.Pid);
        var started = Stopwatch.GetTimestamp();
        var reading = Task.Run(async () =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                var answer = call.ResponseStream.Current;
                if (answer.Error is not null)
                {
                    throw new InvalidOperationException(answer.Error.Message);
                }

                latencies.Add(Stopwatch.GetElapsedTime(await window.Reader.ReadAsync()).TotalMilliseconds);
            }
        });
        for (var i = 0; Stopwatch.GetElapsedTime(started) < Slice; i++)
        {
            await window.Writer.WriteAsync(Stopwatch.GetTimestamp());
            call.RequestStream.WriteOptions = i % 16 == 15 ? WriteOptions.Default : new WriteOptions(WriteFlags.BufferHint);
            await call.RequestStream.WriteAsync(new StreamChecksRequest
            {
                CorrelationId = i.ToString(CultureInfo.InvariantCulture),
                Check = requests[i & 4_095],
            });
        }

        await call.RequestStream.CompleteAsync();
        await reading;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = (Machine.CpuOf(server.Pid) - cpu).TotalMicroseconds / latencies.Count;
        latencies.Sort();
        return new Load(latencies.Count / seconds, latencies[latencies.Count / 2], latencies[(int)(latencies.Count * 0.99)], used);
    }
}
