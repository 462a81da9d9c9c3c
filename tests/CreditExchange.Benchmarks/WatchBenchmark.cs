using System.Collections.Concurrent;
using System.Diagnostics;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;
using CreditExchange.V1;

namespace CreditExchange.Benchmarks;

/// <summary>From sending a publish to seeing it on a watch stream.</summary>
internal static class WatchBenchmark
{
    private const int PerSecond = 200;
    private const int Count = 4_500;

    public static async Task RunAsync()
    {
        var (server, _) = await BenchmarkServer.StartAsync();
        await using var owned = server;
        Console.WriteLine($"## a watcher sees a publish, {PerSecond} publishes/s (goal: p99 <= 10 ms from the publish being sent)");
        var today = LegalDay.Of(TimeProvider.System.GetUtcNow());
        var listings = SampleListings.Generate(12, Count * 2, today)
            .Where(s => s.Publisher == "hainan-high-court").Select(s => s.Listing).Take(Count).ToArray();
        var sent = new ConcurrentDictionary<string, long>();
        var seen = new List<double>();
        var updates = new ListUpdateService.ListUpdateServiceClient(server.Connect("hainan-high-court"));
        using var watch = updates.WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        var watching = Task.Run(async () =>
        {
            while (seen.Count < listings.Length && await watch.ResponseStream.MoveNext(CancellationToken.None))
            {
                if (watch.ResponseStream.Current.Event?.Listing is { } l && sent.TryGetValue(l.SourceRef, out var at))
                {
                    seen.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
                }
            }
        });
        var registry = new RegistryService.RegistryServiceClient(server.Connect("hainan-high-court"));
        var acknowledged = new ConcurrentQueue<double>();
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
        var pending = new List<Task>();
        foreach (var listing in listings)
        {
            await pace.WaitForNextTickAsync();
            pending.Add(PublishAsync(listing));
        }

        await Task.WhenAll(pending);
        await watching;
        Console.WriteLine($"  acknowledged: {Show(acknowledged.ToList())}");
        Console.WriteLine($"  seen:         {Show(seen)}");

        async Task PublishAsync(Listing listing)
        {
            var now = Stopwatch.GetTimestamp();
            sent[listing.SourceRef] = now;
            await registry.PublishListingAsync(new PublishListingRequest { RequestId = "w-" + listing.SourceRef, Listing = listing });
            acknowledged.Enqueue(Stopwatch.GetElapsedTime(now).TotalMilliseconds);
        }
    }

    // The first third warms up.
    private static string Show(List<double> values) => Latencies.Show(values.Skip(values.Count / 3));
}
