using System.Collections.Concurrent;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>Many who follow, some of whom don't read, and all of whom go away.</summary>
public sealed class WatcherTests : IDisposable
{
    private const int Watchers = 1_000;
    private const int Slow = 20;
    private const int Events = 2_000;
    private const int Connections = 10;
    private const string Watch = "rpc_server_call_duration_seconds_count{rpc_method=\"/creditexchange.v1.ListUpdateService/WatchUpdates\"";
    private readonly string data = Directory.CreateTempSubdirectory("hub-watch-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_thousand_watchers_get_every_event_in_order_while_slow_ones_hold_nobody_back_and_all_are_freed()
    {
        await using var hub = await HubProcess.StartAsync(data, "DOTNET_GCHeapHardLimit=0x18000000");
        var from = (long)await hub.MetricAsync("creditexchange_ledger_position") + 1;
        var channels = Enumerable.Range(0, Connections).Select(_ => hub.Connect()).ToArray();
        using var stop = new CancellationTokenSource();
        var slow = Enumerable.Range(0, Slow).Select(_ => Client(channels[0]).WatchUpdates(
            new WatchUpdatesRequest { FromPosition = 1 }, cancellationToken: stop.Token)).ToArray();
        foreach (var call in slow)
        {
            // One message, then nothing more for the whole test.
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        }

        var following = Enumerable.Range(0, Watchers).Select(i => FollowAsync(channels[i % Connections])).ToArray();
        var registry = hub.Registry(Writes.Court);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Events),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, cancel) => await registry.PublishListingAsync(Writes.Publish($"w-{i}", i, person: i % 2 == 0), cancellationToken: cancel));
        await Task.WhenAll(following);

        await stop.CancelAsync();
        foreach (var call in slow)
        {
            call.Dispose();
        }

        // Each stream's end is counted by the hub: none is left behind.
        while (await hub.MetricAsync(Watch) < Watchers + Slow)
        {
            await Task.Yield();
        }

        Assert.Equal(Watchers + Slow, await hub.MetricAsync(Watch));
        Assert.DoesNotContain(hub.Output, line => line.Contains("fail:", StringComparison.Ordinal) || line.Contains("crit:", StringComparison.Ordinal));
        await registry.PublishListingAsync(Writes.Publish("after", -1));
        foreach (var channel in channels)
        {
            channel.Dispose();
        }

        ListUpdateService.ListUpdateServiceClient Client(GrpcChannel channel) => new(hub.As("guangdong-hub", channel));

        async Task FollowAsync(GrpcChannel channel)
        {
            using var call = Client(channel).WatchUpdates(new WatchUpdatesRequest { FromPosition = from });
            for (var expected = from; expected < from + Events;)
            {
                Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
                if (call.ResponseStream.Current.Event is { } e)
                {
                    Assert.Equal(expected, e.Position);
                    expected++;
                }
            }
        }
    }

    [Fact]
    public async Task A_watcher_who_never_reads_costs_a_page_however_much_is_published()
    {
        await using var hub = await HubProcess.StartAsync(data, "DOTNET_GCHeapHardLimit=0x12000000");
        using var channel = hub.Connect();
        var updates = new ListUpdateService.ListUpdateServiceClient(hub.As("operator", channel));
        var calls = new ConcurrentBag<AsyncServerStreamingCall<WatchUpdatesResponse>>();
        for (var i = 0; i < 200; i++)
        {
            calls.Add(updates.WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 }));
        }

        await Task.WhenAll(calls.Select(c => c.ResponseHeadersAsync));
        using var import = hub.Registry(Writes.Court).ImportListings();
        var reading = import.ResponseStream.ReadAllAsync().CountAsync().AsTask();
        for (var i = 0; i < 20_000; i++)
        {
            await import.RequestStream.WriteAsync(new ImportListingsRequest { RequestId = $"m-{i}", Listing = Writes.Listing($"m-{i}", i) });
        }

        await import.RequestStream.CompleteAsync();
        Assert.Equal(20_000, await reading);
        foreach (var call in calls)
        {
            call.Dispose();
        }

        while (await hub.MetricAsync(Watch) < 200)
        {
            await Task.Yield();
        }
    }
}
