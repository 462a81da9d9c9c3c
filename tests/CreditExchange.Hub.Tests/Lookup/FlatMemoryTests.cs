using System.Globalization;
using CreditExchange.Hub.Tests.Kills;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;
using Xunit.Abstractions;

namespace CreditExchange.Hub.Tests.Lookup;

/// <summary>Very many checks by batch, access log on, leave a hub's memory as it was. The hub is a process of its own.</summary>
public sealed class FlatMemoryTests(ITestOutputHelper output)
{
    private const int Batch = 1_000;
    private const int Listed = 20;
    private const int Callers = 2;
    private const long Megabyte = 1 << 20;
    private const string Matter = "approval.notification-commitment";

    // Bytes go through as they are: the test's own process shall not be what is measured.
    private static readonly Method<byte[], byte[]> s_batch = new(
        MethodType.Unary, "creditexchange.v1.LookupService", "BatchCheckSubjects",
        Marshallers.Create(b => b, b => b), Marshallers.Create(b => b, b => b));

    [Fact]
    public Task Two_million_checks_by_batch_leave_the_memory_flat() => RunAsync(2_000_000);

    [SoakFact]
    [Trait("Category", "Soak")]
    public Task A_day_in_miniature_leaves_the_memory_flat() => RunAsync(
        long.TryParse(Environment.GetEnvironmentVariable("CHECKS"), NumberStyles.None, CultureInfo.InvariantCulture, out var checks) ? checks : 10_000_000);

    private async Task RunAsync(long checks)
    {
        var data = Directory.CreateTempSubdirectory("hub-flat-").FullName;
        try
        {
            await using var hub = await HubProcess.StartAsync(data);
            var requests = await PrepareAsync(hub);
            var (early, late) = (new Sample(), new Sample());
            var batches = checks / Batch;
            // Between a tenth and three tenths everything has its size; the last fifth is compared with that.
            for (var done = 0L; done < batches;)
            {
                var part = Math.Min(Math.Max(1, batches / 300), batches - done);
                await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => CheckAsync(hub, requests, done + caller, done + part)));
                done += part;
                if (done > batches / 10 && done <= 3 * batches / 10)
                {
                    await early.TakeAsync(hub);
                }
                else if (done > 8 * batches / 10)
                {
                    await late.TakeAsync(hub);
                }
            }

            var cpu = await hub.MetricAsync("process_cpu_seconds_total");
            var told = string.Create(CultureInfo.InvariantCulture, $"{checks} checks: first {early}, then {late}; {cpu:F1} s of CPU");
            output.WriteLine(told);
            Console.WriteLine(told);
            // 40 bytes a check would be seen in two million, 8 in ten.
            Assert.True(late.Heap - early.Heap < 16 * Megabyte && late.Resident - early.Resident < 64 * Megabyte, told);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<byte[][]> PrepareAsync(HubProcess hub)
    {
        var position = 0L;
        for (var i = 0; i < Listed; i++)
        {
            var listing = TestListings.Create("court.dishonest-judgment-debtor", TestListings.Company(i), $"flat-{i}");
            position = (await hub.Registry("hainan-high-court").PublishListingAsync(
                new PublishListingRequest { RequestId = $"flat-{i}", Listing = listing })).Listing.Position;
        }

        // The same listed ones in each, and others who are clear.
        return
        [
            .. Enumerable.Range(0, 16).Select(n => new BatchCheckSubjectsRequest
            {
                Matter = Matter,
                Purpose = "p-1",
                MinPosition = position,
                Subjects = { Enumerable.Range(0, Batch).Select(i => TestListings.Company(i < Listed ? i : (n * Batch) + i)) },
            }.ToByteArray()),
        ];
    }

    private static async Task CheckAsync(HubProcess hub, byte[][] requests, long from, long to)
    {
        var invoker = hub.As("hainan-approval");
        for (var n = from; n < to; n += Callers)
        {
            var bytes = await invoker.AsyncUnaryCall(s_batch, null, default, requests[n % requests.Length]);
            if (n % 64 < Callers)
            {
                var answer = BatchCheckSubjectsResponse.Parser.ParseFrom(bytes);
                Assert.Equal(Batch, answer.Results.Count);
                Assert.All(answer.Results.Take(Listed), r => Assert.Equal(Verdict.Restricted, r.Verdict));
                Assert.All(answer.Results.Skip(Listed), r => Assert.Equal(Verdict.Clear, r.Verdict));
            }
        }
    }

    /// <summary>The least of sixty looks: what is there however lately the collector came, which it does every 64 MB.</summary>
    private sealed class Sample
    {
        public long Heap { get; private set; } = long.MaxValue;

        public long Resident { get; private set; } = long.MaxValue;

        public async Task TakeAsync(HubProcess hub)
        {
            Heap = Math.Min(Heap, (long)await hub.MetricAsync("dotnet_gc_heap_bytes"));
            // Without mapped files: the access log's segment in use may be written to any length.
            var line = File.ReadLines($"/proc/{hub.Id}/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
            Resident = Math.Min(Resident, 1024 * long.Parse(line.AsSpan(8, line.Length - 11), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture));
        }

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Heap / Megabyte} MB of heap and {Resident / Megabyte} MB resident");
    }
}
