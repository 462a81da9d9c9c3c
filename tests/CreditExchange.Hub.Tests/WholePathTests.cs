using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests;

public sealed class WholePathTests
{
    [Fact]
    public async Task A_published_listing_is_looked_up_and_streamed_and_its_end_clears_the_subject()
    {
        await using var hub = await HubServer.StartAsync();
        var company = TestListings.Company(1);
        var published = await hub.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest
        {
            RequestId = "whole-path-1",
            Listing = TestListings.Create("court.dishonest-judgment-debtor", company, "a-1"),
        });
        Assert.Equal(ListingState.Active, published.Listing.State);
        Assert.Equal(1, published.Listing.Revision);

        var check = await Check(published.Listing.Position);
        Assert.Equal(Verdict.Restricted, check.Verdict);
        Assert.Equal("ORDINARY_PROCEDURE", Assert.Single(check.Consequences).Code);
        Assert.Equal(published.Listing.ListingId, Assert.Single(check.Matches).ListingId);

        var ended = await hub.Registry("hainan-high-court").EndListingAsync(new EndListingRequest
        {
            RequestId = "whole-path-2",
            ListingId = published.Listing.ListingId,
            ExpectedRevision = 1,
            Reason = "履行完毕",
            Ground = EndGround.DutyDone,
        });
        Assert.Equal(ListingState.Ended, ended.Listing.State);
        Assert.Equal(Verdict.Clear, (await Check(ended.Listing.Position)).Verdict);

        using var watch = hub.Updates("hainan-approval").WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        var events = new List<LedgerEvent>();
        while (events.Count < ended.Listing.Position && await watch.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (watch.ResponseStream.Current.Event is { } e)
            {
                events.Add(e);
            }
        }

        Assert.Equal(Enumerable.Range(1, events.Count).Select(i => (long)i), events.Select(e => e.Position));
        Assert.Equal(Redaction.Ended, events[^2].Redaction);
        Assert.Equal(ListingState.Ended, events[^1].Listing.State);
        Assert.Empty(hub.Warnings);

        Task<CheckSubjectResponse> Check(long position) => hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = company,
            Matter = "approval.notification-commitment",
            Purpose = "琼审批〔2026〕1号",
            MinPosition = position,
        }).ResponseAsync;
    }
}
