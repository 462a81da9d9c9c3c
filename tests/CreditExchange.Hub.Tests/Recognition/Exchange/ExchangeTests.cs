using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Recognition.Exchange;

/// <summary>Two and three real hubs under real agreements: what is listed in one counts in the others, and ends there when it ends.</summary>
public sealed class ExchangeTests
{
    [Fact]
    public async Task What_one_province_lists_counts_in_the_other_and_ends_there_with_its_end()
    {
        await using var hainan = await Neighbours.StartAsync("460000");
        await using var guangdong = await Neighbours.StartAsync("440000", null, ("460000", hainan));
        var court = await guangdong.CourtAsync();
        var company = TestListings.Company(9_001);
        var person = TestListings.Person(9_002);
        // Before there is an agreement: told by the state when there is one.
        var first = await court.PublishAsync(company);
        await Provinces.AgreeAsync(hainan, guangdong);
        var second = await court.PublishAsync(person);
        await hainan.HasAllAsync("440000", guangdong);

        var hit = await hainan.CheckNowAsync(company);
        Assert.Equal(Verdict.Restricted, hit.Verdict);
        var match = Assert.Single(hit.Matches);
        Assert.Equal(("440000", "440000/" + Neighbours.GuangdongCourt, Provinces.GdHi), (match.Origin.Region, match.Origin.Agency, match.Origin.Agreement));
        Assert.Equal(Verdict.Restricted, (await hainan.CheckNowAsync(person)).Verdict);
        Assert.Equal(Verdict.Clear, (await hainan.CheckNowAsync(TestListings.Person(9_003))).Verdict);

        await court.EndAsync(first);
        await court.WithdrawListingAsync(new WithdrawListingRequest
        {
            RequestId = Provinces.Id(),
            ListingId = second.ListingId,
            ExpectedRevision = 1,
            Reason = "认定有误",
        });
        await hainan.HasAllAsync("440000", guangdong);
        Assert.Equal(Verdict.Clear, (await hainan.CheckNowAsync(company)).Verdict);
        Assert.Equal(Verdict.Clear, (await hainan.CheckNowAsync(person)).Verdict);

        // The other direction goes over the same session.
        var own = TestListings.Company(9_004);
        await hainan.Registry("hainan-high-court").PublishAsync(own);
        await guangdong.HasAllAsync("460000", hainan);
        Assert.Equal(Verdict.Restricted, (await guangdong.CheckNowAsync(own)).Verdict);

        // Nothing loops: each has recorded what the other listed, and no more.
        Assert.Equal(4, hainan.RecognisedEvents());
        Assert.Equal(1, guangdong.RecognisedEvents());
        var report = await hainan.ReportAsync("440000");
        Assert.Equal((PartnerState.Connected, 4, 0, 0), (report.State, (int)report.RecognisedCount, (int)report.RefusedCount, (int)report.RefusedThereCount));
        Assert.Empty(hainan.PartnerOf("440000").Faults.Read());
        Assert.Empty(guangdong.PartnerOf("460000").Faults.Read());
        Assert.Empty(hainan.Warnings);
        Assert.Empty(guangdong.Warnings);
    }

    [Fact]
    public async Task A_break_is_taken_up_where_it_was_and_nothing_comes_twice()
    {
        await using var hainan = await Neighbours.StartAsync("460000");
        var data = Directory.CreateTempSubdirectory("hub-").FullName;
        var guangdong = await Neighbours.StartAsync("440000", data, ("460000", hainan));
        try
        {
            var court = await guangdong.CourtAsync();
            await Provinces.AgreeAsync(hainan, guangdong);
            var companies = Enumerable.Range(9_100, 30).Select(TestListings.Company).ToList();
            foreach (var company in companies[..10])
            {
                await court.PublishAsync(company);
            }

            await hainan.HasAllAsync("440000", guangdong);
            var token = new TestTokens(data).Create(Neighbours.GuangdongCourt);
            await guangdong.StopAsync();
            await hainan.Registry("hainan-high-court").PublishAsync(TestListings.Company(9_150));
            guangdong = await Neighbours.StartAsync("440000", data, ("460000", hainan));
            court = new RegistryService.RegistryServiceClient(guangdong.WithToken(token));
            foreach (var company in companies[10..])
            {
                await court.PublishAsync(company);
            }

            await hainan.HasAllAsync("440000", guangdong);
            await guangdong.HasAllAsync("460000", hainan);
            Assert.Equal(30, hainan.RecognisedEvents());
            Assert.Equal(1, guangdong.RecognisedEvents());
            foreach (var company in companies)
            {
                Assert.Equal(Verdict.Restricted, (await hainan.CheckNowAsync(company)).Verdict);
            }

            Assert.Empty(hainan.PartnerOf("440000").Faults.Read());
        }
        finally
        {
            await guangdong.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_pause_is_told_to_the_other_side_and_what_happened_meanwhile_comes_after_it()
    {
        await using var hainan = await Neighbours.StartAsync("460000");
        await using var guangdong = await Neighbours.StartAsync("440000", null, ("460000", hainan));
        var court = await guangdong.CourtAsync();
        await Provinces.AgreeAsync(hainan, guangdong);
        var ended = TestListings.Company(9_201);
        var added = TestListings.Person(9_202);
        var listing = await court.PublishAsync(ended);
        await hainan.HasAllAsync("440000", guangdong);

        await guangdong.SuspendAsync();
        await Neighbours.UntilAsync(() => hainan.PartnerOf("440000").IsConnected && StateAt(hainan) == AgreementState.Suspended);
        Assert.Equal(Verdict.Clear, (await hainan.CheckNowAsync(ended)).Verdict);
        await court.EndAsync(listing);
        await court.PublishAsync(added);
        await hainan.HasAllAsync("440000", guangdong);
        Assert.Equal(1, hainan.RecognisedEvents());

        await guangdong.ResumeAsync();
        await Neighbours.UntilAsync(() => StateAt(hainan) == AgreementState.InForce);
        await hainan.HasAllAsync("440000", guangdong);
        Assert.Equal(Verdict.Clear, (await hainan.CheckNowAsync(ended)).Verdict);
        Assert.Equal(Verdict.Restricted, (await hainan.CheckNowAsync(added)).Verdict);
        Assert.Equal(3, hainan.RecognisedEvents());
    }

    [Fact]
    public async Task Three_provinces_exchange_and_pass_on_each_others_checkpoints_without_an_alarm()
    {
        await using var hainan = await Neighbours.StartAsync("460000");
        await using var guangdong = await Neighbours.StartAsync("440000", null, ("460000", hainan));
        await using var guangxi = await Neighbours.StartAsync("450000", null, ("460000", hainan), ("440000", guangdong));
        var court = await guangdong.CourtAsync();
        await Provinces.AgreeAsync(hainan, guangdong);
        await Provinces.AgreeAsync(hainan, guangxi, "GX-HI-2026-01");
        await Provinces.AgreeAsync(guangdong, guangxi, "GD-GX-2026-01");
        var company = TestListings.Company(9_301);
        await court.PublishAsync(company);
        await hainan.HasAllAsync("440000", guangdong);
        await guangxi.HasAllAsync("440000", guangdong);
        Assert.Equal(Verdict.Restricted, (await hainan.CheckNowAsync(company)).Verdict);
        // What came from one is told to nobody.
        await guangxi.HasAllAsync("460000", hainan);
        Assert.Equal(1, guangxi.RecognisedEvents());
        Assert.Equal(0, guangdong.RecognisedEvents());

        // Hainan hears of Guangdong's ledger from Guangxi too.
        var heard = hainan.Services.GetRequiredService<CreditExchange.Hub.Recognition.Exchange.HeardCheckpoints>();
        await Neighbours.UntilAsync(() => heard.NewestBeside("").Count() == 2);
        foreach (var hub in new[] { hainan, guangdong, guangxi })
        {
            Assert.All(hub.Services.GetRequiredService<CreditExchange.Hub.Recognition.Exchange.PartnerBook>().Regions, r => Assert.Empty(hub.PartnerOf(r).Faults.Read()));
            Assert.Empty(hub.Warnings);
        }
    }

    private static AgreementState StateAt(HubServer hub) =>
        hub.Services.GetRequiredService<CreditExchange.Hub.Recognition.AgreementsView>().Get(Provinces.GdHi).Agreement.State;
}
