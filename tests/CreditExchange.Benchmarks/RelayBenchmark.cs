using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Benchmarks;

/// <summary>
/// The relay to Kafka: how fast it catches up, what it costs who publishes, and how long a publish takes to a consumer. The brokers are
/// librdkafka's mock cluster in this process, so that they take part of the same two cores.
/// </summary>
internal static class RelayBenchmark
{
    private const int Partitions = 12;
    private const int Callers = 64;

    public static async Task RunAsync(int listings)
    {
        await CatchUpAsync(listings);
        await CostAsync();
        await LatencyAsync();
    }

    private static async Task CatchUpAsync(int listings)
    {
        Console.WriteLine($"## the relay catches up with {listings:N0} listings (goal: >= 50,000 events/s)");
        var (server, _) = await BenchmarkServer.StartAsync();
        await using var owned = server;
        await ImportBenchmark.ImportAsync(
            server, [.. Listings(31, listings).Select(l => new ImportListingsRequest { RequestId = l.SourceRef, Listing = l }.ToByteArray())]);
        await server.TerminateAsync();

        foreach (var transactions in new[] { true, false })
        {
            using var kafka = TestKafka.WithTopics(Partitions);
            var (relay, _) = await BenchmarkServer.StartAsync(
                server.Data, 0, false, $"--Kafka:BootstrapServers={kafka.BootstrapServers}", $"--Kafka:Transactions={transactions}", $"--Kafka:Audiences:0:Name=a{transactions}".ToLowerInvariant(),
                $"--Kafka:Audiences:0:EventsTopic={TestKafka.Events}", $"--Kafka:Audiences:0:StateTopic={TestKafka.State}");
            using var stopped = relay;
            var updates = new ListUpdateService.ListUpdateServiceClient(relay.Connect("operator"));
            var request = new DescribeStreamRequest { Audience = $"a{transactions}".ToLowerInvariant() };
            var first = await WaitAsync(updates, request, 20_000);
            var (started, cpu) = (Stopwatch.GetTimestamp(), Machine.CpuOf(relay.Pid));
            var last = await WaitAsync(updates, request, long.MaxValue);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var used = (Machine.CpuOf(relay.Pid) - cpu).TotalMicroseconds / (last - first);
            Console.WriteLine(
                $"  {(transactions ? "with transactions   " : "without transactions")} {(last - first) / seconds,10:N0} events/s, {used:F1} µs of server CPU each; ratio to goal {(last - first) / seconds / 50_000:F2}");
            await relay.StopAsync();
        }
    }

    private static async Task CostAsync()
    {
        Console.WriteLine($"## publishes by {Callers} callers with the relay on and off, in turn (goal: >= 0.95)");
        var ratios = new List<double>();
        for (var round = 0; round < 3; round++)
        {
            var without = await PublishAsync(null);
            using var kafka = TestKafka.WithTopics(Partitions);
            var with = await PublishAsync(kafka);
            ratios.Add(with.PerSecond / without.PerSecond);
            Console.WriteLine($"  off {without}\n  on  {with}   ratio {ratios[^1]:F2}");
        }

        Console.WriteLine($"  median ratio {ratios.Order().ElementAt(1):F2}");
    }

    private static async Task<Load> PublishAsync(TestKafka? kafka)
    {
        var (server, _) = await BenchmarkServer.StartAsync(null, 0, false, kafka is null ? [] : [$"--Kafka:BootstrapServers={kafka.BootstrapServers}"]);
        await using var owned = server;
        var listings = Listings(11, 200_000).ToArray();
        var registry = new RegistryService.RegistryServiceClient(server.Connect("hainan-high-court"));
        var next = -1;
        var call = async (int caller, int i) =>
        {
            var n = Interlocked.Increment(ref next);
            await registry.PublishListingAsync(new PublishListingRequest { RequestId = $"p-{n}", Listing = listings[n] });
        };
        await ClosedLoop.RunAsync(Callers, TimeSpan.FromSeconds(10), call);
        return await ClosedLoop.RunAsync(Callers, TimeSpan.FromSeconds(8), call, server.Pid);
    }

    private static async Task LatencyAsync()
    {
        const int PerSecond = 2_000;
        const int Seconds = 15;
        Console.WriteLine($"## from a publish's answer to the consumer, {PerSecond:N0} publishes/s (goal: p99 <= 250 ms)");
        using var kafka = TestKafka.WithTopics(Partitions);
        var (server, _) = await BenchmarkServer.StartAsync(null, 0, false, $"--Kafka:BootstrapServers={kafka.BootstrapServers}");
        await using var owned = server;
        var accepted = new ConcurrentDictionary<long, long>();
        var seen = new ConcurrentDictionary<long, long>();
        using var stop = new CancellationTokenSource();
        var consuming = Task.Factory.StartNew(() => Consume(kafka, seen, stop.Token), TaskCreationOptions.LongRunning);
        var registry = new RegistryService.RegistryServiceClient(server.Connect("hainan-high-court"));
        var pending = new List<Task>();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var source = Listings(12, PerSecond * Seconds).GetEnumerator();
        for (var sent = 0; sent < PerSecond * Seconds;)
        {
            await pace.WaitForNextTickAsync();
            for (var i = 0; i < PerSecond / 200 && sent < PerSecond * Seconds; i++, sent++)
            {
                source.MoveNext();
                pending.Add(SendAsync(source.Current));
            }
        }

        await Task.WhenAll(pending);
        var begun = Stopwatch.GetTimestamp();
        while (!accepted.Keys.All(seen.ContainsKey) && Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30))
        {
            await Task.Delay(50);
        }

        await stop.CancelAsync();
        await consuming;
        // The first third warms up.
        var taken = accepted.OrderBy(a => a.Key).Skip(accepted.Count / 3).Select(a => Math.Max(0, Stopwatch.GetElapsedTime(a.Value, seen[a.Key]).TotalMilliseconds));
        Console.WriteLine($"  {Latencies.Show(taken)}");

        async Task SendAsync(Listing listing)
        {
            var answer = await registry.PublishListingAsync(new PublishListingRequest { RequestId = "k-" + listing.SourceRef, Listing = listing });
            accepted[answer.Listing.Position] = Stopwatch.GetTimestamp();
        }
    }

    private static void Consume(TestKafka kafka, ConcurrentDictionary<long, long> seen, CancellationToken cancellation)
    {
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = kafka.BootstrapServers,
            GroupId = "benchmark",
            EnableAutoCommit = false,
            FetchWaitMaxMs = 10,
            IsolationLevel = IsolationLevel.ReadCommitted,
        }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(i => new TopicPartitionOffset(TestKafka.Events, i, Offset.Beginning)));
        while (!cancellation.IsCancellationRequested)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is { } record)
            {
                seen.TryAdd(long.Parse(Encoding.ASCII.GetString(record.Message.Headers.GetLastBytes("position")), CultureInfo.InvariantCulture), Stopwatch.GetTimestamp());
            }
        }
    }

    private static async Task<long> WaitAsync(ListUpdateService.ListUpdateServiceClient updates, DescribeStreamRequest request, long position)
    {
        while (true)
        {
            var stream = await updates.DescribeStreamAsync(request);
            if (stream.Position >= Math.Min(position, stream.Head))
            {
                return stream.Position;
            }

            await Task.Delay(10);
        }
    }

    private static IEnumerable<Listing> Listings(int seed, int count) =>
        SampleListings.Generate(seed, count * 4, LegalDay.Of(TimeProvider.System.GetUtcNow()))
            .Where(s => s.Publisher == "hainan-high-court").Select(s => s.Listing).Take(count);
}
