using CreditExchange.Hub.Registry;
using CreditExchange.Hub.Tests.Edge;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Recognition;

/// <summary>One recognised listing is not executed here: this side's own decision, with a document and an end.</summary>
public sealed class FlagTests
{
    [Fact]
    public async Task A_flagged_listing_only_informs_until_the_flag_ends_or_is_taken_back()
    {
        // From the machine's own time: the edge node's token is made by it.
        var start = TimeProvider.System.GetUtcNow();
        var time = FakeTime.OfWallClock(start);
        var data = Directory.CreateTempSubdirectory("hub-flags-").FullName;
        var hainan = await Provinces.HainanAsync(data, time);
        await using var guangdong = await Provinces.GuangdongAsync(time);
        await Provinces.AgreeAsync(hainan, guangdong);
        var partner = await guangdong.PartyAsync();
        var company = TestListings.Company(71);
        var accepted = await hainan.AcceptAsync(Provinces.Told(partner, company));
        var listingId = hainan.Services.GetRequiredService<ListingIds>().Format(accepted.Event!.Entity);
        var until = start.AddHours(1);

        var court = hainan.Recognition("hainan-high-court");
        var request = Flag(listingId, until);
        var flagged = await court.FlagListingAsync(request);
        Assert.True(flagged.Flag.Active);
        Assert.Equal(flagged, await court.FlagListingAsync(request));
        await AssertFlaggedAsync(hainan);

        await using (var edge = await EdgeNodes.StartAsync(hainan))
        {
            var there = await edge.CheckAsync(company, hainan.Services.GetRequiredService<ILedger>().Head);
            Assert.Equal((Verdict.Caution, "INFORM_ONLY"), (there.Verdict, there.Consequences[0].Code));
        }

        await hainan.StopAsync();
        hainan = await Provinces.HainanAsync(data, time);
        court = hainan.Recognition("hainan-high-court");
        await AssertFlaggedAsync(hainan);
        time.Now = until;
        Assert.Equal(Verdict.Restricted, (await hainan.CheckAsync(company)).Verdict);

        // Again, until later; then taken back.
        await court.FlagListingAsync(Flag(listingId, until.AddDays(1)));
        Assert.Equal(Verdict.Caution, (await hainan.CheckAsync(company)).Verdict);
        var back = await court.UnflagListingAsync(new UnflagListingRequest { RequestId = Provinces.Id(), ListingId = listingId, Reason = "复核后执行" });
        Assert.False(back.Flag.Active);
        Assert.Equal(Verdict.Restricted, (await hainan.CheckAsync(company)).Verdict);
        Assert.Equal("LISTING_NOT_FLAGGED", (await RpcFailure.OfAsync(() => court.UnflagListingAsync(
            new UnflagListingRequest { RequestId = Provinces.Id(), ListingId = listingId, Reason = "x" }).ResponseAsync)).Reason);
        Assert.Equal("", await hainan.FaultAsync());
        await hainan.DisposeAsync();

        async Task AssertFlaggedAsync(HubServer hub)
        {
            var hit = await hub.CheckAsync(company);
            Assert.Equal((Verdict.Caution, "INFORM_ONLY"), (hit.Verdict, Assert.Single(hit.Consequences).Code));
            Assert.Equal(["RECOGNISED", "NOT_EXECUTED_HERE"], Assert.Single(hit.Matches).Marks);
            Assert.Empty(hit.Measures);
        }
    }

    [Fact]
    public async Task Flags_are_for_recognised_listings_by_the_agency_of_that_list_with_document_and_term()
    {
        await using var hainan = await Provinces.HainanAsync();
        await using var guangdong = await Provinces.GuangdongAsync();
        await Provinces.AgreeAsync(hainan, guangdong);
        var accepted = await hainan.AcceptAsync(Provinces.Told(await guangdong.PartyAsync(), TestListings.Company(72)));
        var listingId = hainan.Services.GetRequiredService<ListingIds>().Format(accepted.Event!.Entity);
        var until = TimeProvider.System.GetUtcNow().AddDays(2);
        Assert.Equal("LIST_NOT_PERMITTED", await ReasonAsync("hainan-tax", Flag(listingId, until)));
        Assert.Equal("SCOPE_MISSING", await ReasonAsync("operator", Flag(listingId, until)));
        Assert.Equal("DATE_IMPOSSIBLE", await ReasonAsync("hainan-high-court", Flag(listingId, until.AddDays(-3))));
        var undocumented = Flag(listingId, until);
        undocumented.Document = null;
        Assert.Equal("REQUIRED", await ReasonAsync("hainan-high-court", undocumented));
        Assert.Equal("LISTING_NOT_FOUND", await ReasonAsync("hainan-high-court", Flag("none-1", until)));
        var own = await hainan.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest
        {
            RequestId = Provinces.Id(),
            Listing = TestListings.Create(Provinces.Court, TestListings.Company(73), "own"),
        });
        Assert.Equal("LISTING_NOT_RECOGNISED", await ReasonAsync("hainan-high-court", Flag(own.Listing.ListingId, until)));

        async Task<string> ReasonAsync(string agency, FlagListingRequest request) =>
            (await RpcFailure.OfAsync(() => hainan.Recognition(agency).FlagListingAsync(request).ResponseAsync)).Reason;
    }

    private static FlagListingRequest Flag(string listingId, DateTimeOffset until) => new()
    {
        RequestId = Provinces.Id(),
        ListingId = listingId,
        Reason = "本省已就同一事实作出处理，复核期间不执行",
        Document = new DecisionDocument { Number = "琼高法〔2026〕1号", Authority = "海南省高级人民法院", DecidedOn = "2026-01-05" },
        Until = Timestamp.FromDateTimeOffset(until),
    };
}
