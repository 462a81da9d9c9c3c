using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Tests.Lookup;

/// <summary>Terms begin and end by the clock; the events only confirm it.</summary>
public sealed class TermTests
{
    private const string Commitment = "approval.notification-commitment";
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 1, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_term_ends_at_its_very_instant_and_the_event_follows()
    {
        var time = FakeTime.OfWallClock(Start);
        await using var hub = await HubServer.StartAsync(time: time);
        var until = Start.AddHours(3);
        var subject = TestListings.Company(1);
        var listing = await PublishAsync(hub, subject, l => l.EffectiveUntil = Timestamp.FromDateTimeOffset(until));
        time.Now = until.AddTicks(-1);
        Assert.Equal(Verdict.Restricted, (await CheckAsync(hub, subject, listing.Position)).Verdict);
        time.Now = until;
        var ended = await CheckAsync(hub, subject, 0);
        Assert.Equal(Verdict.Clear, ended.Verdict);
        Assert.Equal(until, ended.AsOf.ToDateTimeOffset());

        var expired = await EventAsync(hub, EventKind.Expired);
        Assert.Equal(ListingState.Expired, expired.Listing.State);
        Assert.Equal(EndGround.Term, expired.Listing.Ending.Ground);
        Assert.Equal(2, expired.Listing.Revision);
        Assert.Equal("hub", expired.Actor);
        Assert.Equal(Verdict.Clear, (await CheckAsync(hub, subject, expired.Position)).Verdict);
    }

    [Fact]
    public async Task A_scheduled_listing_counts_from_its_instant_and_the_event_follows()
    {
        var time = FakeTime.OfWallClock(Start);
        await using var hub = await HubServer.StartAsync(time: time);
        var from = Start.AddMinutes(40);
        var subject = TestListings.Company(2);
        var listing = await PublishAsync(hub, subject, l => l.EffectiveFrom = Timestamp.FromDateTimeOffset(from));
        Assert.Equal(ListingState.Scheduled, listing.State);
        time.Now = from.AddTicks(-1);
        Assert.Equal(Verdict.Clear, (await CheckAsync(hub, subject, listing.Position)).Verdict);
        time.Now = from;
        Assert.Equal(Verdict.Restricted, (await CheckAsync(hub, subject, 0)).Verdict);
        var activated = await EventAsync(hub, EventKind.Activated);
        Assert.Equal((ListingState.Active, 2L), (activated.Listing.State, activated.Listing.Revision));
        Assert.Equal(Verdict.Restricted, (await CheckAsync(hub, subject, activated.Position)).Verdict);
    }

    [Fact]
    public async Task A_term_that_ended_while_the_hub_was_down_is_over_at_the_first_answer()
    {
        var folder = Directory.CreateTempSubdirectory("hub-").FullName;
        var time = FakeTime.OfWallClock(Start);
        var subject = TestListings.Company(3);
        var hub = await HubServer.StartAsync(folder, time);
        await PublishAsync(hub, subject, l => l.EffectiveUntil = Timestamp.FromDateTimeOffset(Start.AddHours(1)));
        await hub.StopAsync();
        time.Now = Start.AddHours(2);
        await using var again = await HubServer.StartAsync(folder, time);
        Assert.Equal(Verdict.Clear, (await CheckAsync(again, subject, 0)).Verdict);
        Assert.Equal(ListingState.Expired, (await EventAsync(again, EventKind.Expired)).Listing.State);
    }

    private static async Task<Listing> PublishAsync(HubServer hub, SubjectId subject, Action<Listing> change)
    {
        var listing = TestListings.Create("court.dishonest-judgment-debtor", subject, "t-1");
        change(listing);
        return (await hub.Registry("hainan-high-court").PublishListingAsync(
            new PublishListingRequest { RequestId = "t-1", Listing = listing })).Listing;
    }

    private static Task<CheckSubjectResponse> CheckAsync(HubServer hub, SubjectId subject, long position) =>
        hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = subject,
            Matter = Commitment,
            Purpose = "p",
            MinPosition = position,
        }).ResponseAsync;

    private static async Task<LedgerEvent> EventAsync(HubServer hub, EventKind kind)
    {
        var seen = await SharedHub.WatchAsync(
            hub.Updates("hainan-high-court"), new WatchUpdatesRequest { FromPosition = 1 }, m => m.Event?.Kind == kind);
        return seen[^1].Event;
    }
}
