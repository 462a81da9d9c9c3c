using System.Collections.Concurrent;
using System.Diagnostics;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;
using CreditExchange.Lookup.Redis;
using CreditExchange.TestKit;
using CreditExchange.V1;
using StackExchange.Redis;

namespace CreditExchange.Benchmarks;

/// <summary>From the answer to a publish or a withdrawal to the view, and to the subject's value in Redis, under load.</summary>
internal static class FreshBenchmark
{
    private const int ChecksPerSecond = 10_000;
    private const int AtOnce = 10;
    private const int EventsPerSecond = 500;
    private const int Seconds = 20;
    private const int WarmSeconds = 10;

    public static async Task RunAsync()
    {
        await using var redis = await RedisServer.StartAsync("--notify-keyspace-events", "K$");
        var (server, _) = await BenchmarkServer.StartAsync(sample: 20_000, settings: $"--Redis:Configuration={redis.Configuration}");
        await using var owned = server;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(TierConnection.Options(redis.Configuration));
        Console.WriteLine($"## an event accepted, until the view and Redis have it, with {ChecksPerSecond:N0} checks/s and {EventsPerSecond} events/s (goal: p99 <= 50 ms)");
        var today = LegalDay.Of(TimeProvider.System.GetUtcNow());
        var listings = SampleListings.Generate(31, 8 * EventsPerSecond * (Seconds + WarmSeconds), today)
            .Where(s => s.Publisher == "hainan-high-court").Select(s => s.Listing).DistinctBy(l => l.Subject.Number)
            .Take(EventsPerSecond * (Seconds + WarmSeconds) / 2).ToArray();
        var names = await server.TierNamesAsync(listings.Select(l => l.Subject));
        var written = new ConcurrentDictionary<string, ConcurrentQueue<long>>();
        await connection.GetSubscriber().SubscribeAsync(
            RedisChannel.Pattern("__keyspace@0__:cx:*:s:*"),
            (channel, _) => written.GetOrAdd(channel.ToString()["__keyspace@0__:".Length..], _ => new()).Enqueue(Stopwatch.GetTimestamp()));
        var court = server.Connect("hainan-high-court");
        var registry = new RegistryService.RegistryServiceClient(court);
        var approval = new LookupService.LookupServiceClient(server.Connect("hainan-approval"));
        var random = new Random(8);
        // In tens: a thousand calls a second leave the machine's two cores room for the events.
        var checks = Enumerable.Range(0, 512).Select(_ => new BatchCheckSubjectsRequest
        {
            Matter = "approval.notification-commitment",
            Purpose = "bench-1",
            Subjects = { Enumerable.Range(0, AtOnce).Select(_ => SampleIds.Uscc(random)) },
        }).ToArray();

        await RunAsync(WarmSeconds, first: 0, new ConcurrentQueue<Accepted>());
        var accepted = new ConcurrentQueue<Accepted>();
        var load = await RunAsync(Seconds, first: EventsPerSecond * WarmSeconds / 2, accepted);
        await Task.Delay(2_000);
        var view = accepted.Select(a => a.View).ToList();
        var tier = accepted.Select(a => written.TryGetValue(a.Name, out var at) && at.Where(t => t >= a.Sent).Order().ToArray() is [var first, ..]
            ? Math.Max(0, Stopwatch.GetElapsedTime(a.At, first).TotalMilliseconds) : double.PositiveInfinity).ToList();
        Console.WriteLine($"  {accepted.Count} events; beside them, ten checks a call: {load}");
        Console.WriteLine($"  the view, with the call that asks it: {Latencies.Show(view)}");
        Console.WriteLine($"  the value in Redis:                   {Latencies.Show(tier)}, never: {tier.Count(double.IsInfinity)}");

        async Task<Load> RunAsync(int seconds, int first, ConcurrentQueue<Accepted> into)
        {
            var checking = OpenLoop.RunAsync(ChecksPerSecond / AtOnce, TimeSpan.FromSeconds(seconds), async i => await approval.BatchCheckSubjectsAsync(checks[i & 511]), server.Pid);
            await OpenLoop.RunAsync(EventsPerSecond / 2.0, TimeSpan.FromSeconds(seconds), i => PublishAndWithdrawAsync(first + i, into), server.Pid);
            return await checking;
        }

        async Task PublishAndWithdrawAsync(int number, ConcurrentQueue<Accepted> into)
        {
            var sent = Stopwatch.GetTimestamp();
            var published = await registry.PublishListingAsync(new PublishListingRequest { RequestId = $"p-{number}", Listing = listings[number] });
            into.Enqueue(await AcceptedAsync(number, sent, published.Listing.Position));
            sent = Stopwatch.GetTimestamp();
            var withdrawn = await registry.WithdrawListingAsync(new WithdrawListingRequest
            {
                RequestId = $"w-{number}",
                ListingId = published.Listing.ListingId,
                ExpectedRevision = published.Listing.Revision,
                Reason = "录入错误",
            });
            into.Enqueue(await AcceptedAsync(number, sent, withdrawn.Listing.Position));
        }

        async Task<Accepted> AcceptedAsync(int number, long sent, long position)
        {
            var at = Stopwatch.GetTimestamp();
            var answer = await approval.CheckSubjectAsync(new CheckSubjectRequest
            {
                Subject = listings[number].Subject,
                Matter = "approval.notification-commitment",
                Purpose = "bench-1",
                MinPosition = position,
            });
            return answer.Position >= position && answer.Verdict != Verdict.Unspecified
                ? new Accepted(names[number], sent, at, Stopwatch.GetElapsedTime(at).TotalMilliseconds)
                : throw new InvalidOperationException($"{answer.Verdict} at {answer.Position}, which is before {position}.");
        }
    }

    // When it was sent and answered, and how long the view took from then on.
    private sealed record Accepted(string Name, long Sent, long At, double View);
}
