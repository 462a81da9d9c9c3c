using System.Globalization;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>Imports that are large, bad, greedy, cut off or dropped.</summary>
public sealed class ImportFaultTests : IDisposable
{
    // A hub that leaked one dropped import of these would not survive the rounds in so little memory.
    private const string SmallHeap = "DOTNET_GCHeapHardLimit=0x14000000";
    private readonly string data = Directory.CreateTempSubdirectory("hub-import-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task Of_20_000_mixed_items_each_is_answered_once_and_the_bad_ones_alone_are_refused()
    {
        await using var hub = await HubServer.StartAsync();
        var items = Enumerable.Range(0, 20_000).Select(i => i % 7 == 3 ? Bad(i) : Good("mixed", i)).ToArray();
        var answers = await ImportAsync(hub.Registry(Writes.Court), items);
        Assert.Equal(items.Length, answers.Count);
        var byId = answers.ToDictionary(a => a.RequestId);
        var positions = new HashSet<long>();
        foreach (var (item, i) in items.Select((item, i) => (item, i)))
        {
            var answer = byId[item.RequestId];
            if (i % 7 == 3)
            {
                Assert.Equal(BadReason(i), Writes.ReasonOf(answer.Error));
            }
            else
            {
                Assert.Null(answer.Error);
                Assert.True(positions.Add(answer.Position));
            }
        }
    }

    [Fact]
    public async Task A_client_that_writes_all_and_reads_nothing_is_held_back_and_holds_nobody_else_back()
    {
        await using var hub = await HubProcess.StartAsync(data, SmallHeap);
        const int count = 30_000;
        using var greedy = hub.Registry(Writes.Court).ImportListings();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                await greedy.RequestStream.WriteAsync(Good("greedy", i));
            }

            await greedy.RequestStream.CompleteAsync();
        });

        // The import stands still when others' publishes get one position after the other.
        using var channel = hub.Connect();
        var others = new RegistryService.RegistryServiceClient(hub.As(Writes.Court, channel));
        long previous = 0;
        var consecutive = 0;
        for (var i = 0; consecutive < 50 || previous < 10_000; i++)
        {
            var position = (await others.PublishListingAsync(Writes.Publish($"other-{i}", -1 - i))).Listing.Position;
            consecutive = position == previous + 1 ? consecutive + 1 : 0;
            previous = position;
        }

        Assert.False(writing.IsCompleted);
        Assert.InRange(previous, 10_000, count);
        var check = await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(TestListings.Company(-1), previous));
        Assert.Equal(Verdict.Restricted, check.Verdict);

        var answers = await greedy.ResponseStream.ReadAllAsync().ToListAsync();
        await writing;
        Assert.Equal(count, answers.Select(a => a.RequestId).Distinct().Count());
        Assert.All(answers, a => Assert.Null(a.Error));
    }

    [Fact]
    public async Task Fifty_dropped_imports_leave_nothing_behind_and_a_cut_one_sent_again_doubles_nothing()
    {
        await using var hub = await HubProcess.StartAsync(data, SmallHeap);
        var registry = hub.Registry(Writes.Court);
        for (var round = 0; round < 50; round++)
        {
            using var call = registry.ImportListings();
            for (var i = 0; i < 400; i++)
            {
                await call.RequestStream.WriteAsync(Good($"drop-{round}", i));
            }

            // Some rounds hear a part of the answers first; the call ends in the middle of the others.
            for (var i = 0; i < round; i++)
            {
                Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            }

            call.Dispose();
        }

        while (await hub.MetricAsync("rpc_server_call_duration_seconds_count{rpc_method=\"/creditexchange.v1.RegistryService/ImportListings\"") < 50)
        {
            await Task.Yield();
        }

        var items = Enumerable.Range(0, 50).SelectMany(round => Enumerable.Range(0, 400).Select(i => Good($"drop-{round}", i))).ToArray();
        var first = await ImportAsync(registry, items);
        var head = await hub.MetricAsync("creditexchange_ledger_position");
        var again = await ImportAsync(registry, items);
        Assert.Equal(head, await hub.MetricAsync("creditexchange_ledger_position"));
        Assert.All(first, a => Assert.Null(a.Error));
        Assert.Equal(items.Length, first.Select(a => a.Position).Distinct().Count());
        Assert.All(again, a => Assert.True(a.Replayed));
        Assert.Equal(first.ToDictionary(a => a.RequestId, a => (a.ListingId, a.Position)), again.ToDictionary(a => a.RequestId, a => (a.ListingId, a.Position)));
        Assert.DoesNotContain(hub.Output, line => line.Contains("fail:", StringComparison.Ordinal) || line.Contains("crit:", StringComparison.Ordinal));
        var heap = await hub.MetricAsync("dotnet_gc_heap_bytes");
        Assert.InRange(heap, 0, 300_000_000);
    }

    [Fact]
    public async Task Publish_amend_and_end_of_one_source_ref_in_one_stream_take_effect_in_the_order_sent()
    {
        await using var hub = await HubServer.StartAsync();
        var items = new List<ImportListingsRequest>();
        for (var i = 0; i < 300; i++)
        {
            var publish = Good("order", i);
            var named = publish.Listing;
            var amend = Writes.Amend("", "", 0);
            (amend.ListCode, amend.SourceRef, amend.Subject, amend.Reason) = (named.ListCode, named.SourceRef, named.Subject, "更正");
            var end = Writes.End("", "", 0);
            (end.ListCode, end.SourceRef, end.Subject, end.Reason) = (named.ListCode, named.SourceRef, named.Subject, "履行完毕");
            items.AddRange(
                [publish,
                 new ImportListingsRequest { RequestId = $"amend-{i}", Amend = amend },
                 new ImportListingsRequest { RequestId = $"end-{i}", End = end }]);
        }

        var registry = hub.Registry(Writes.Court);
        var answers = (await ImportAsync(registry, items)).ToDictionary(a => a.RequestId);
        for (var i = 0; i < 300; i++)
        {
            var (publish, amend, end) = (answers[$"order-{i}"], answers[$"amend-{i}"], answers[$"end-{i}"]);
            Assert.All([publish, amend, end], a => Assert.Null(a.Error));
            Assert.True(publish.Position < amend.Position && amend.Position < end.Position);
            Assert.Equal(publish.ListingId, end.ListingId);
        }

        var last = (await registry.GetListingAsync(new GetListingRequest { ListingId = answers["order-7"].ListingId })).Listing;
        Assert.Equal((ListingState.Ended, 3), (last.State, last.Revision));
    }

    private static async Task<List<ImportListingsResponse>> ImportAsync(
        RegistryService.RegistryServiceClient registry, IEnumerable<ImportListingsRequest> items)
    {
        using var call = registry.ImportListings();
        var reading = call.ResponseStream.ReadAllAsync().ToListAsync().AsTask();
        foreach (var item in items)
        {
            await call.RequestStream.WriteAsync(item);
        }

        await call.RequestStream.CompleteAsync();
        return await reading;
    }

    private static ImportListingsRequest Good(string name, int i)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
        return new ImportListingsRequest { RequestId = id, Listing = Writes.Listing(id, i, person: i % 2 == 0) };
    }

    private static ImportListingsRequest Bad(int i)
    {
        var item = Good("bad", i);
        switch (i % 4)
        {
            case 0:
                item.Listing.ListCode = "no.such-list";
                break;
            case 1:
                item.Listing.Document.DecidedOn = "2025-02-30";
                break;
            case 2:
                item.Listing = null;
                break;
            default:
                item.Listing.SourceRef = "";
                break;
        }

        return item;
    }

    private static string BadReason(int i) => (i % 4) switch
    {
        0 => "LIST_UNKNOWN",
        1 => "DATE_INVALID",
        _ => "REQUIRED",
    };
}
