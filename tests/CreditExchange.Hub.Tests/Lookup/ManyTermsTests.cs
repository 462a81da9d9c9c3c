using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Lookup;

/// <summary>Very many terms end at one instant.</summary>
public sealed class ManyTermsTests
{
    private const int Count = 20_000;
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 1, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Verdicts_are_right_at_once_while_the_events_drain_and_each_listing_expires_once()
    {
        var time = FakeTime.OfWallClock(Start);
        await using var hub = await HubServer.StartAsync(time: time);
        var ledger = hub.Services.GetRequiredService<ILedger>();
        var until = Start.AddHours(1);
        await ImportAsync(hub, until);
        var before = ledger.Head;
        time.Now = until;

        // However few of the events are there yet: every answer is the clock's.
        var lookup = hub.Lookup("hainan-approval");
        var registry = hub.Registry(Faults.Writes.Court);
        for (var i = 0; i < Count; i += 97)
        {
            Assert.Equal(Verdict.Clear, (await lookup.CheckSubjectAsync(Faults.Writes.Check(TestListings.Company(i)))).Verdict);
        }

        var meanwhile = 0;
        while (ledger.Head < before + Count + meanwhile)
        {
            await registry.PublishListingAsync(Faults.Writes.Publish($"meanwhile-{meanwhile}", 500_000 + meanwhile));
            meanwhile++;
        }

        var expired = new Dictionary<long, int>();
        for (var next = before + 1; ledger.Read(next, 1_000) is { Count: > 0 } page; next = page[^1].Position + 1)
        {
            foreach (var e in page.Where(e => e.Kind == EventKind.Expired))
            {
                expired[e.Entity] = expired.GetValueOrDefault(e.Entity) + 1;
            }
        }

        Assert.Equal(Count, expired.Count);
        Assert.All(expired.Values, times => Assert.Equal(1, times));
    }

    private static async Task ImportAsync(HubServer hub, DateTimeOffset until)
    {
        using var import = hub.Registry(Faults.Writes.Court).ImportListings();
        var reading = import.ResponseStream.ReadAllAsync().CountAsync(a => a.Error is null).AsTask();
        for (var i = 0; i < Count; i++)
        {
            var listing = Faults.Writes.Listing($"t-{i}", i);
            listing.EffectiveUntil = Timestamp.FromDateTimeOffset(until);
            await import.RequestStream.WriteAsync(new ImportListingsRequest { RequestId = $"t-{i}", Listing = listing });
        }

        await import.RequestStream.CompleteAsync();
        Assert.Equal(Count, await reading);
    }
}
