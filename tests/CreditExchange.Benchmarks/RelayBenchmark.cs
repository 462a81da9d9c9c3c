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

    /// <param name="listings">How many to catch up with.</param>
    /// <param name="part">catch-up, cost, latency; empty: all.</param>
    /// <param name="folder">A ledger to catch up with, made where there is none, and kept; empty: one that is removed.</param>
    public static async Task RunAsync(int listings, string part, string folder)
    {
        if (part is "" or "catch-up")
        {
            await CatchUpAsync(listings, folder);
        }

        if (part is "" or "cost")
        {
            await CostAsync();
        }

        if (part is "" or "latency")
        {
            await LatencyAsync();
        }
    }

    private static async Task CatchUpAsync(int listings, string folder)
    {
        Console.WriteLine($"## the relay catches up with {listings:N0} listings (goal: >= 50,000 events/s)");
        var data = folder.Length > 0 ? folder : Directory.CreateTempSubdirectory("bench-").FullName;
        if (!File.Exists(Path.Combine(data, "ledger.db")))
        {
            Directory.CreateDirectory(data);
            var (server, _) = await BenchmarkServer.StartAsync(data);
            using var owned = server;
            await ImportBenchmark.ImportAsync(
                server, [.. Listings(31, listings).Select(l => new ImportListingsRequest { RequestId = l.SourceRef, Listing = l }.ToByteArray())]);
            await server.TerminateAsync();
        }

        foreach (var transactions in new[] { true, false })
        {
            using var kafka = TestKafka.WithTopics(Partitions);
            // Another audience each time begins at the first position.
            var audience = string.Create(CultureInfo.InvariantCulture, $"a{(transactions ? 1 : 0)}-{Stopwatch.GetTimestamp()}");
            var (relay, _) = await BenchmarkServer.StartAsync(
                data, 0, false, $"--Kafka:BootstrapServers={kafka.BootstrapServers}", $"--Kafka:Transactions={transactions}", $"--Kafka:Audiences:0:Name={audience}",
                $"--Kafka:Audiences:0:EventsTopic={TestKafka.Events}", $"--Kafka:Audiences:0:StateTopic={TestKafka.State}");
            using var stopped = relay;
            var updates = new ListUpdateService.ListUpdateServiceClient(relay.Connect("operator"));
            var request = new DescribeStreamRequest { Audience = audience };
            var first = await WaitAsync(updates, request, listings / 10);
            var memory = await relay.MemoryAsync();
            var (started, cpu, broker) = (Stopwatch.GetTimestamp(), Machine.CpuOf(relay.Pid), Machine.CpuOf(Environment.ProcessId));
            var last = await WaitAsync(updates, request, long.MaxValue);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var used = (Machine.CpuOf(relay.Pid) - cpu).TotalMicroseconds / (last - first);
            var brokers = (Machine.CpuOf(Environment.ProcessId) - broker).TotalMicroseconds / (last - first);
            var after = await relay.MemoryAsync();
            Console.WriteLine(
                $"    {(after.Allocated - memory.Allocated) / (last - first):N0} bytes allocated each, {(after.Paused - memory.Paused).TotalSeconds / seconds:P1} of the time in collections");
            Console.WriteLine(
                $"  {(transactions ? "with transactions   " : "without transactions")} {(last - first) / seconds,10:N0} events/s, {used:F1} µs of server CPU each and {brokers:F1} of the brokers' process; ratio to goal {(last - first) / seconds / 50_000:F2}");
            await relay.StopAsync();
        }

        if (folder.Length == 0)
        {
            Directory.Delete(data, recursive: true);
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
