using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;
using CreditExchange.V1;

namespace CreditExchange.Benchmarks;

/// <summary>Single publishes by 64 callers, each answered after its fsync.</summary>
internal static class PublishBenchmark
{
    public static async Task RunAsync()
    {
        var (server, _) = await BenchmarkServer.StartAsync();
        await using var owned = server;
        Console.WriteLine("## single publishes, 64 concurrent callers (goal: >= 4,000/s)");
        var today = LegalDay.Of(TimeProvider.System.GetUtcNow());
        var listings = SampleListings.Generate(11, 400_000, today)
            .Where(s => s.Publisher == "hainan-high-court").Select(s => s.Listing).ToArray();
        var registry = new RegistryService.RegistryServiceClient(server.Connect("hainan-high-court"));
        var next = -1;
        var call = async (int caller, int i) =>
        {
            var n = Interlocked.Increment(ref next);
            await registry.PublishListingAsync(new PublishListingRequest { RequestId = $"p-{n}", Listing = listings[n] });
        };
        // Until the runtime has compiled what is hot: before that a third of the time is the compiler's.
        await ClosedLoop.RunAsync(64, TimeSpan.FromSeconds(20), call);
        var load = await ClosedLoop.RunAsync(64, TimeSpan.FromSeconds(10), call, server.Pid);
        Console.WriteLine($"  {load}");
        Console.WriteLine($"  ratio to goal {load.PerSecond / 4_000:F2}");
    }
}
