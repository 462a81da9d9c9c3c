using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>The machine's clock jumps; recorded and evaluated time never goes back.</summary>
public sealed class ClockTests
{
    // Five minutes before midnight in Shanghai.
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 15, 55, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Midnight = new(2026, 3, 2, 16, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Recorded_and_evaluated_time_never_goes_back_and_terms_that_a_jump_passes_are_right()
    {
        var time = new FakeTime(Start);
        await using var hub = await HubServer.StartAsync(time: time);
        var ledger = hub.Services.GetRequiredService<ILedger>();
        var registry = hub.Registry(Writes.Court);
        var lookup = hub.Lookup("hainan-approval");
        var ending = Writes.Publish("ending", 1);
        ending.Listing.EffectiveUntil = Timestamp.FromDateTimeOffset(Midnight);
        var coming = Writes.Publish("coming", 2);
        coming.Listing.EffectiveFrom = Timestamp.FromDateTimeOffset(Midnight);
        var ends = (await registry.PublishListingAsync(ending)).Listing;
        var comes = (await registry.PublishListingAsync(coming)).Listing;
        Assert.Equal((ListingState.Active, ListingState.Scheduled), (ends.State, comes.State));
        var lastAsOf = DateTimeOffset.MinValue;
        await ExpectAsync(Verdict.Restricted, Verdict.Clear);

        var step = 0;
        foreach (var minutes in new[] { -10, 3, 10, -10, -10, 20, -10, 10, 30 })
        {
            time.Jump(TimeSpan.FromMinutes(minutes));
            await registry.PublishListingAsync(Writes.Publish($"step-{step}", 10 + step));
            step++;
            // What was evaluated once past midnight stays past it, whatever the wall clock says.
            var isPast = time.GetUtcNow() >= Midnight || ledger.HeadRecordedAt >= Midnight || lastAsOf >= Midnight;
            await ExpectAsync(isPast ? Verdict.Clear : Verdict.Restricted, isPast ? Verdict.Restricted : Verdict.Clear);
        }

        Assert.True(lastAsOf > Midnight);

        // The clock's work is confirmed by events, each once.
        while (await StateAsync(ends) != ListingState.Expired || await StateAsync(comes) != ListingState.Active)
        {
            time.Advance(TimeSpan.FromMilliseconds(500));
        }

        var recorded = ledger.Read(1, 10_000);
        Assert.Equal(recorded.Select(e => e.RecordedAt).Order(), recorded.Select(e => e.RecordedAt));
        Assert.Equal([1, 1], [recorded.Count(e => e.Kind == EventKind.Expired), recorded.Count(e => e.Kind == EventKind.Activated)]);
        await ExpectAsync(Verdict.Clear, Verdict.Restricted);

        async Task ExpectAsync(Verdict first, Verdict second)
        {
            Assert.Equal(first, await VerdictAsync(ends));
            Assert.Equal(second, await VerdictAsync(comes));
        }

        async Task<Verdict> VerdictAsync(Listing listing)
        {
            var check = await lookup.CheckSubjectAsync(Writes.Check(listing.Subject, listing.Position));
            var asOf = check.AsOf.ToDateTimeOffset();
            Assert.True(asOf >= lastAsOf, $"{asOf} is before {lastAsOf}");
            lastAsOf = asOf;
            return check.Verdict;
        }

        async Task<ListingState> StateAsync(Listing listing) =>
            (await registry.GetListingAsync(new GetListingRequest { ListingId = listing.ListingId })).Listing.State;
    }
}
