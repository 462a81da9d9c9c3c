using System.Collections.Concurrent;
using System.Diagnostics;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Benchmarks;

/// <summary>Very many terms that end at one instant: what the verdicts say then, and what publishes take while the events drain.</summary>
internal static class TermsBenchmark
{
    private const int PerSecond = 100;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(int total)
    {
        var (server, _) = await BenchmarkServer.StartAsync();
        await using var owned = server;
        Console.WriteLine($"## {total:N0} terms end at one instant (goal: verdicts right within 1 s, publishes p99 <= 2 times normal while it drains)");
        // The import must be over by then; 4,000/s is far below what a quiet machine does.
        var until = TimeProvider.System.GetUtcNow() + Warm + Slice + TimeSpan.FromSeconds(15 + (total / 4_000));
        var today = LegalDay.Of(TimeProvider.System.GetUtcNow());
        var listings = SampleListings.Generate(21, (total + 300_000) * 2, today).Where(s => s.Publisher == "hainan-high-court").Select(s => s.Listing);
        using var source = listings.GetEnumerator();
        var subjects = new List<SubjectId>();
        for (var done = 0; done < total;)
        {
            var batch = new List<byte[]>();
            for (; batch.Count < 100_000 && done < total && source.MoveNext(); done++)
            {
                source.Current.EffectiveUntil = Timestamp.FromDateTimeOffset(until);
                if (done % Math.Max(1, total / 500) == 0)
                {
                    subjects.Add(source.Current.Subject);
                }

                batch.Add(new ImportListingsRequest { RequestId = source.Current.SourceRef, Listing = source.Current }.ToByteArray());
            }

            await ImportBenchmark.ImportAsync(server, batch);
        }

        var publisher = new Publisher(server, source);
        var left = until - TimeProvider.System.GetUtcNow();
        Console.WriteLine($"  imported, {left.TotalSeconds:F0} s before the instant, {Machine.ResidentOf(server.Pid) >> 20:N0} MB");
        if (left < Slice + Warm)
        {
            throw new InvalidOperationException("The import took too long for this machine: no time is left to measure what is normal.");
        }

        await publisher.RunUntilAsync(() => TimeProvider.System.GetUtcNow() >= until - Slice);
        publisher.Take();
        await publisher.RunUntilAsync(() => TimeProvider.System.GetUtcNow() >= until);
        var normal = publisher.Take();
        var lookup = new LookupService.LookupServiceClient(server.Connect("hainan-approval"));
        var before = publisher.LastPosition;
        var wrong = 0;
        var started = Stopwatch.GetTimestamp();
        var checking = Task.Run(async () =>
        {
            foreach (var subject in subjects)
            {
                var answer = await lookup.CheckSubjectAsync(new CheckSubjectRequest
                {
                    Subject = subject,
                    Matter = "approval.notification-commitment",
                    Purpose = "bench-1",
                });
                wrong += answer.Verdict == Verdict.Clear ? 0 : 1;
            }

            return Stopwatch.GetElapsedTime(started);
        });
        long during = 0;
        await publisher.RunUntilAsync(() => publisher.LastPosition - before - (during = publisher.Count) >= total - 16 || Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(20));
        var drained = Stopwatch.GetElapsedTime(started);
        var drain = publisher.Take();
        Console.WriteLine($"  {subjects.Count} verdicts asked from the instant on, {wrong} wrong, the last after {(await checking).TotalSeconds:F2} s");
        Console.WriteLine($"  normal        {Show(normal)}");
        Console.WriteLine($"  while it drains {Show(drain)}   drained in {drained.TotalSeconds:F0} s, {total / drained.TotalSeconds:N0} events/s, {during} publishes");
        Console.WriteLine($"  ratio p99 {At(drain, 0.99) / At(normal, 0.99):F2}  p50 {At(drain, 0.5) / At(normal, 0.5):F2}");
        Console.WriteLine($"  {Machine.ResidentOf(server.Pid) >> 20:N0} MB");
    }

    private static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];

    private static string Show(double[] sorted) =>
        $"p50 {At(sorted, 0.5):F2} ms  p99 {At(sorted, 0.99):F2} ms  max {sorted[^1]:F2} ms  ({sorted.Length} publishes)";

    /// <summary>Sends publishes at a pace, whatever becomes of those before: waiting shows in full.</summary>
    private sealed class Publisher(BenchmarkServer server, IEnumerator<Listing> source)
    {
        private readonly RegistryService.RegistryServiceClient registry = new(server.Connect("hainan-high-court"));
        private ConcurrentQueue<double> taken = new();
        private long lastPosition;
        private int sent;

        public long LastPosition => Volatile.Read(ref lastPosition);

        public int Count => taken.Count;

        public async Task RunUntilAsync(Func<bool> isOver)
        {
            using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
            var pending = new List<Task>();
            while (!isOver())
            {
                await pace.WaitForNextTickAsync();
                source.MoveNext();
                pending.Add(PublishAsync(source.Current));
                if (pending.Count > 10_000)
                {
                    pending.RemoveAll(t => t.IsCompletedSuccessfully);
                }
            }

            await Task.WhenAll(pending);
        }

        public double[] Take() => [.. Interlocked.Exchange(ref taken, new()).Order()];

        private async Task PublishAsync(Listing listing)
        {
            var now = Stopwatch.GetTimestamp();
            var answer = await registry.PublishListingAsync(new PublishListingRequest { RequestId = $"t-{Interlocked.Increment(ref sent)}", Listing = listing });
            taken.Enqueue(Stopwatch.GetElapsedTime(now).TotalMilliseconds);
            var position = answer.Listing.Position;
            long seen;
            while ((seen = Volatile.Read(ref lastPosition)) < position && Interlocked.CompareExchange(ref lastPosition, position, seen) != seen)
            {
                // Another answer came between.
            }
        }
    }
}
