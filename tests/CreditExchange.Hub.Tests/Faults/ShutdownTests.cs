using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Health.V1;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>A hub that stops tells everybody, soon, and leaves nothing open.</summary>
public sealed class ShutdownTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("hub-stop-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_stop_ends_streams_with_SHUTTING_DOWN_and_a_watcher_resumes_where_it_was()
    {
        long last = 0;
        await using (var hub = await HubProcess.StartAsync(data))
        {
            var registry = hub.Registry(Writes.Court);
            for (var i = 0; i < 20; i++)
            {
                last = (await registry.PublishListingAsync(Writes.Publish($"s-{i}", i))).Listing.Position;
            }

            using var channel = hub.Connect();
            using var watch = Watch(new ListUpdateService.ListUpdateServiceClient(hub.As("operator", channel)), 1);
            Assert.Equal(last, await ReadUntilAsync(watch, last));
            using var import = new RegistryService.RegistryServiceClient(hub.As(Writes.Court, channel)).ImportListings();
            await import.RequestStream.WriteAsync(new ImportListingsRequest { RequestId = "open", Listing = Writes.Listing("open", 77) });
            Assert.True(await import.ResponseStream.MoveNext(CancellationToken.None));
            last = import.ResponseStream.Current.Position;
            using var checks = new LookupService.LookupServiceClient(hub.As("hainan-approval", channel)).StreamChecks();
            await checks.RequestStream.WriteAsync(new StreamChecksRequest { Check = Writes.Check(TestListings.Company(77), last) });
            Assert.True(await checks.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(Verdict.Restricted, checks.ResponseStream.Current.Result.Verdict);
            using var health = new Health.HealthClient(channel).Watch(new HealthCheckRequest());
            Assert.True(await health.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(ServingStatus.Serving, health.ResponseStream.Current.Status);

            // All are waiting for the next message when the hub stops, as callers do.
            var stopped = new[]
            {
                Writes.ReasonOf(() => ReadUntilAsync(watch, long.MaxValue)),
                Writes.ReasonOf(() => import.ResponseStream.MoveNext(CancellationToken.None)),
                Writes.ReasonOf(() => checks.ResponseStream.MoveNext(CancellationToken.None)),
            };
            hub.Terminate();
            Assert.True(await health.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(ServingStatus.NotServing, health.ResponseStream.Current.Status);
            Assert.All(await Task.WhenAll(stopped), reason => Assert.Equal("SHUTTING_DOWN", reason));

            // Thirty seconds are what an orchestrator waits before it kills.
            Assert.Equal(0, await hub.WaitForExitAsync(TimeSpan.FromSeconds(30)));
            Assert.DoesNotContain(hub.Output, line => line.Contains("fail:", StringComparison.Ordinal) || line.Contains("crit:", StringComparison.Ordinal));
        }

        await using var again = await HubProcess.StartAsync(data);
        using var resumed = Watch(again.Updates("operator"), last + 1);
        var next = (await again.Registry(Writes.Court).PublishListingAsync(Writes.Publish("next", 100))).Listing.Position;
        Assert.Equal(last + 1, next);
        Assert.Equal(next, await ReadUntilAsync(resumed, next));
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_watcher_who_reads_nothing_nor_for_an_idle_reflection_stream()
    {
        await using var hub = await HubProcess.StartAsync(data);
        var registry = hub.Registry(Writes.Court);
        using var import = registry.ImportListings();
        var reading = import.ResponseStream.ReadAllAsync().CountAsync().AsTask();
        for (var i = 0; i < 5_000; i++)
        {
            await import.RequestStream.WriteAsync(new ImportListingsRequest { RequestId = $"m-{i}", Listing = Writes.Listing($"m-{i}", i) });
        }

        await import.RequestStream.CompleteAsync();
        Assert.Equal(5_000, await reading);
        using var channel = hub.Connect();
        using var stuck = Watch(new ListUpdateService.ListUpdateServiceClient(hub.As("operator", channel)), 1);
        Assert.True(await stuck.ResponseStream.MoveNext(CancellationToken.None));
        using var reflection = new Grpc.Reflection.V1.ServerReflection.ServerReflectionClient(hub.As("operator", channel)).ServerReflectionInfo();
        await reflection.RequestStream.WriteAsync(new Grpc.Reflection.V1.ServerReflectionRequest { ListServices = "" });
        Assert.True(await reflection.ResponseStream.MoveNext(CancellationToken.None));

        hub.Terminate();
        Assert.Equal(0, await hub.WaitForExitAsync(TimeSpan.FromSeconds(30)));
    }

    private static AsyncServerStreamingCall<WatchUpdatesResponse> Watch(ListUpdateService.ListUpdateServiceClient updates, long from) =>
        updates.WatchUpdates(new WatchUpdatesRequest { FromPosition = from });

    private static async Task<long> ReadUntilAsync(AsyncServerStreamingCall<WatchUpdatesResponse> call, long position)
    {
        long last = 0;
        while (last < position && await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            last = call.ResponseStream.Current.Event?.Position ?? last;
        }

        return last;
    }
}
