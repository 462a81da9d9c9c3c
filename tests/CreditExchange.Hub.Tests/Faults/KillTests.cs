using System.Collections.Concurrent;
using System.Globalization;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>The real process is killed at random moments under load. What it acknowledged must be there, once, and whole.</summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Rounds = 30;
    private const int Seed = 20_260_302;
    private readonly string data = Directory.CreateTempSubdirectory("hub-kill-").FullName;
    private readonly List<SentWrite> all = [];

    [Fact]
    public async Task Thirty_kills_under_mixed_load_lose_nothing_acknowledged_and_double_nothing_retried()
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        List<SentWrite> unanswered = [];
        for (var round = 0; round < Rounds; round++)
        {
            await using var hub = await HubProcess.StartAsync(data);
            await CheckWhatTheDeadHubLeftAsync(hub, unanswered);
            var load = new KillLoad($"r{round}", hub, persons: round % 2 == 1, enough: random.Next(1, 400));
            var running = load.RunAsync();
            await Task.WhenAny(load.Reached, running);
            await hub.KillAsync();
            await running;
            all.AddRange(load.Sent);
            unanswered = [.. load.Sent.Where(w => w.Position == 0)];
            output.WriteLine($"round {round}: killed after {load.Answered} answers, {unanswered.Count} open");
            Assert.True(load.Reached.IsCompleted, $"The load ended by itself: {string.Join('\n', hub.Output.TakeLast(20))}");
        }

        await using (var last = await HubProcess.StartAsync(data))
        {
            await CheckWhatTheDeadHubLeftAsync(last, unanswered);
            await last.StopAsync();
        }

        await CheckTheLedgerAsync();
    }

    public void Dispose() => Directory.Delete(data, recursive: true);

    private async Task CheckWhatTheDeadHubLeftAsync(HubProcess hub, List<SentWrite> unanswered)
    {
        var head = (long)await hub.MetricAsync("creditexchange_ledger_position");
        var events = await WatchAllAsync(hub.Updates("operator"), head);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(i => (long)i), events.Select(e => e.Position));
        foreach (var write in all.Where(w => w.Position > 0))
        {
            Assert.InRange(write.Position, 1, head);
            Assert.Equal(KindOf(write), events[(int)write.Position - 1].Kind);
        }

        var registry = hub.Registry(Writes.Court);
        var newest = all.Where(w => w.Position > 0 && w.Item.Listing is not null).TakeLast(200).Concat(unanswered.Where(w => w.Item.Listing is not null));
        await Parallel.ForEachAsync(newest, async (write, _) => await CheckWholeOrAbsentAsync(registry, write));
        await Parallel.ForEachAsync(unanswered, async (write, _) => await KillLoad.RetryAsync(registry, write));
    }

    private static async Task CheckWholeOrAbsentAsync(RegistryService.RegistryServiceClient registry, SentWrite write)
    {
        var sent = write.Item.Listing;
        var request = write.ListingId.Length > 0
            ? new GetListingRequest { ListingId = write.ListingId }
            : new GetListingRequest { ListCode = sent.ListCode, SourceRef = sent.SourceRef, Subject = sent.Subject };
        Listing found;
        try
        {
            found = (await registry.GetListingAsync(request)).Listing;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound && write.Position == 0)
        {
            return;
        }

        Assert.Equal(sent.SourceRef, found.SourceRef);
        Assert.Equal(sent.Subject, found.Subject);
        Assert.Equal(sent.SubjectName, found.SubjectName);
        Assert.Equal(sent.Document, found.Document);
        Assert.True(found.Reason == sent.Reason || found.Reason.StartsWith("更正", StringComparison.Ordinal));
    }

    // The store itself, with its keys: everything that was ever sent is in it exactly once.
    private async Task CheckTheLedgerAsync()
    {
        await using var ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { DataFolder = data, CreateWrappingKey = true }, TimeProvider.System, NullLogger.Instance);
        var report = await ledger.VerifyAsync();
        Assert.True(report.IsSound, report.Fault);
        var effects = new ConcurrentDictionary<string, List<long>>();
        for (long next = 1; ledger.Read(next, 1_000) is { Count: > 0 } page; next = page[^1].Position + 1)
        {
            foreach (var whole in page.Select(ledger.Open).Where(e => e.Listing is not null))
            {
                var id = whole.Kind == EventKind.Published ? whole.Listing.SourceRef : whole.Reason;
                effects.GetOrAdd(id, _ => []).Add(whole.Position);
            }
        }

        Assert.All(all, write => Assert.Equal([write.Position], effects.GetValueOrDefault(write.RequestId) ?? []));
        Assert.Equal(all.Count, effects.Count);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{all.Count} writes, head {ledger.Head}"));
    }

    private static async Task<List<LedgerEvent>> WatchAllAsync(ListUpdateService.ListUpdateServiceClient updates, long head)
    {
        using var call = updates.WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        var events = new List<LedgerEvent>();
        while (events.Count < head && await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (call.ResponseStream.Current.Event is { } e)
            {
                events.Add(e);
            }
        }

        return events;
    }

    private static EventKind KindOf(SentWrite write) => write.Item.ItemCase switch
    {
        ImportListingsRequest.ItemOneofCase.Listing => EventKind.Published,
        ImportListingsRequest.ItemOneofCase.Amend => EventKind.Amended,
        _ => EventKind.Ended,
    };
}
