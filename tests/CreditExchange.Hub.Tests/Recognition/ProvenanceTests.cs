using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Recognition;

/// <summary>The same decision comes by two ways and is one listing.</summary>
public sealed class ProvenanceTests
{
    [Fact]
    public async Task One_decision_by_two_partners_is_one_listing_that_ends_with_the_first_end_while_the_other_way_stays_silent()
    {
        await using var hainan = await Provinces.HainanAsync();
        await using var guangdong = await Provinces.GuangdongAsync();
        await using var guangxi = await Provinces.GuangxiAsync();
        await Provinces.AgreeAsync(hainan, guangdong);
        await Provinces.AgreeAsync(hainan, guangxi, "GX-HI-2026-01");
        var (gd, gx) = (await guangdong.PartyAsync(), await guangxi.PartyAsync());
        foreach (var endsAtOrigin in new[] { true, false })
        {
            var number = endsAtOrigin ? 1 : 2;
            var company = TestListings.Company(90 + number);
            var first = await hainan.AcceptAsync(Provinces.Told(gd, company, number: number));
            await ReachAsync(hainan, company, first.Event!.Position);
            // Typed with other brackets, it is the same document.
            var second = Provinces.Told(gx, company, number: number, change: l => l.Document.Number = "(2025)琼0105执900001号");
            var added = await hainan.AcceptAsync(second, "GX-HI-2026-01");
            Assert.Equal(EventKind.ProvenanceAdded, added.Event!.Kind);
            Assert.True((await hainan.AcceptAsync(second, "GX-HI-2026-01")).Replayed);
            var hit = await hainan.CheckAsync(company, added.Event.Position);
            Assert.Equal(Verdict.Restricted, hit.Verdict);
            var listing = (await hainan.Registry("hainan-approval").GetListingAsync(
                new GetListingRequest { ListingId = Assert.Single(hit.Matches).ListingId })).Listing;
            Assert.Equal(Provinces.GdHi, listing.Origin.Agreement);

            var end = endsAtOrigin
                ? await hainan.AcceptAsync(Provinces.Told(gd, company, revision: 2, state: ListingState.Repaired, number: number))
                : await hainan.AcceptAsync(Provinces.Told(gx, company, revision: 2, state: ListingState.Withdrawn, number: number), "GX-HI-2026-01");
            Assert.Equal(Verdict.Clear, (await hainan.CheckAsync(company, end.Event!.Position)).Verdict);
            // The other way still says that it lives, and changes nothing.
            Assert.Null((await hainan.AcceptAsync(Provinces.Told(gx, company, revision: 3, number: number), "GX-HI-2026-01")).Event);
            Assert.Equal(Verdict.Clear, (await hainan.CheckAsync(company)).Verdict);
        }

        Assert.Equal("", await hainan.FaultAsync());
    }

    [Fact]
    public async Task A_partner_ends_its_way_to_an_own_listing_and_not_the_listing()
    {
        await using var hainan = await Provinces.HainanAsync();
        await using var guangdong = await Provinces.GuangdongAsync();
        await Provinces.AgreeAsync(hainan, guangdong);
        var partner = await guangdong.PartyAsync();
        var company = TestListings.Company(95);
        var own = (await hainan.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest
        {
            RequestId = Provinces.Id(),
            Listing = TestListings.Create(Provinces.Court, company, "own"),
        })).Listing;
        await ReachAsync(hainan, company, own.Position);
        var added = await hainan.AcceptAsync(Provinces.Told(partner, company));
        var hit = await hainan.CheckAsync(company, added.Event!.Position);
        Assert.Equal(own.ListingId, Assert.Single(hit.Matches).ListingId);
        Assert.Equal("", hit.Matches[0].Recognised);
        Assert.Equal(partner.LedgerId + "-1", Assert.Single((await GetAsync()).Provenances).ListingId);

        var ended = await hainan.AcceptAsync(Provinces.Told(partner, company, revision: 2, state: ListingState.Withdrawn));
        Assert.Equal(Verdict.Restricted, (await hainan.CheckAsync(company, ended.Event!.Position)).Verdict);
        var now = await GetAsync();
        Assert.Empty(now.Provenances);
        // The publisher amends and ends it as ever.
        var end = await hainan.Registry("hainan-high-court").EndListingAsync(new EndListingRequest
        {
            RequestId = Provinces.Id(),
            ListingId = own.ListingId,
            ExpectedRevision = now.Revision,
            Reason = "履行完毕",
            Ground = EndGround.DutyDone,
        });
        Assert.Equal(Verdict.Clear, (await hainan.CheckAsync(company, end.Listing.Position)).Verdict);

        async Task<Listing> GetAsync() => (await hainan.Registry("hainan-high-court").GetListingAsync(
            new GetListingRequest { ListingId = own.ListingId })).Listing;
    }

    private static async Task ReachAsync(HubServer hub, SubjectId subject, long position)
    {
        await hub.CheckAsync(subject, position);
        Assert.True(hub.Services.GetRequiredService<ILedger>().Head >= position);
    }
}
