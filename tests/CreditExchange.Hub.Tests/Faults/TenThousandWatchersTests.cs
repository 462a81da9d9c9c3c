using CreditExchange.TestKit;
using CreditExchange.V1;
using Xunit.Abstractions;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>Ten thousand follow one hub over ten connections.</summary>
public sealed class TenThousandWatchersTests(ITestOutputHelper output) : IDisposable
{
    private const int Watchers = 10_000;
    private const int Connections = 10;
    private readonly string data = Directory.CreateTempSubdirectory("hub-crowd-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task Ten_thousand_watchers_all_get_an_event()
    {
        await using var hub = await HubProcess.StartAsync(data, "DOTNET_GCHeapHardLimit=0x30000000");
        var from = (long)await hub.MetricAsync("creditexchange_ledger_position") + 1;
        var empty = Resident(hub.Id);
        var channels = Enumerable.Range(0, Connections).Select(_ => hub.Connect()).ToArray();
        var calls = Enumerable.Range(0, Watchers).Select(i => new ListUpdateService.ListUpdateServiceClient(
            hub.As("guangdong-hub", channels[i % Connections])).WatchUpdates(new WatchUpdatesRequest { FromPosition = from })).ToArray();
        await Task.WhenAll(calls.Select(c => c.ResponseHeadersAsync));
        var following = Resident(hub.Id);
        output.WriteLine($"{Watchers} watchers: {(following - empty) / 1024.0 / Watchers:F1} KB each, {following >> 20} MB resident in all.");
        await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("seen-by-all", 1));
        var positions = await Task.WhenAll(calls.Select(async call =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                if (call.ResponseStream.Current.Event is { } e)
                {
                    return e.Position;
                }
            }

            return 0;
        }));
        Assert.All(positions, p => Assert.Equal(from, p));
        output.WriteLine($"After an event to all: {Resident(hub.Id) >> 20} MB resident.");
        foreach (var channel in channels)
        {
            channel.Dispose();
        }
    }

    private static long Resident(int pid) =>
        long.Parse(File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], null) << 10;
}
