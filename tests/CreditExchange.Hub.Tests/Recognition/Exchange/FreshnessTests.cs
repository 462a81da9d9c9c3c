using CreditExchange.Hub.Recognition.Exchange;
using CreditExchange.Hub.Tests.Edge;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Recognition.Exchange;

/// <summary>How old a partner's data is: since its last word by this side's clock, plus the lag that it states by its own.</summary>
public sealed class FreshnessTests
{
    [Fact]
    public async Task Past_the_agreed_age_a_hit_is_to_be_confirmed_with_the_origin_and_own_hits_stand()
    {
        await using var hub = await Neighbours.StartAsync("460000");
        await using var edge = await EdgeNodes.StartAsync(hub);
        using var partner = new TestPartner("440000");
        await partner.AgreeAsync(hub, change: t => t.MaxAge = Duration.FromTimeSpan(TimeSpan.FromMinutes(30)));
        var ledger = partner.NewLedger();
        var company = TestListings.Company(9_601);
        ledger.List(company);
        var own = TestListings.Company(9_602);
        await hub.Registry("hainan-high-court").PublishAsync(own);
        using var session = await partner.ConnectAsync(hub, ledger);
        // A clock ten minutes ahead or behind says nothing: only the lag counts.
        await session.SendAsync(ledger.Batch());
        await session.ReceiptAsync(1);
        Assert.Equal(Verdict.Restricted, (await hub.CheckNowAsync(company)).Verdict);
        var ages = hub.Services.GetRequiredService<PartnerBook>();
        Assert.True(ages.AgeOf(Provinces.GdHi, TimeProvider.System.GetUtcNow()) < TimeSpan.FromMinutes(29));

        await session.SendRawAsync(session.Sign(new ExchangeFrame
        {
            Progress = new ExchangeProgress { Position = 1, HeadPosition = 5, Lag = Duration.FromTimeSpan(TimeSpan.FromMinutes(31)) },
        }));
        await Neighbours.UntilAsync(() => hub.PartnerOf("440000").Incoming.State.Lag > TimeSpan.Zero);
        var old = await hub.CheckNowAsync(company);
        Assert.Equal(Verdict.Caution, old.Verdict);
        Assert.Contains("PARTNER_DATA_OLD", Assert.Single(old.Matches).Marks);
        Assert.True(old.Matches[0].PartnerAge.ToTimeSpan() >= TimeSpan.FromMinutes(31));
        Assert.True(Assert.Single(old.Consequences).PartnerAge.ToTimeSpan() >= TimeSpan.FromMinutes(31));
        // An edge node knows it from the full node.
        CheckSubjectResponse atEdge;
        do
        {
            atEdge = await edge.CheckAsync(company, hub.Ledger().Head);
        }
        while (atEdge.Verdict != Verdict.Caution || atEdge.Matches[0].PartnerAge is null);
        Assert.True(atEdge.Matches[0].PartnerAge.ToTimeSpan() >= TimeSpan.FromMinutes(31));
        Assert.Null(Assert.Single((await hub.CheckNowAsync(own)).Matches).PartnerAge);
        Assert.Equal(Verdict.Restricted, (await hub.CheckNowAsync(own)).Verdict);
        Assert.True((await hub.ReportAsync("440000")).Age.ToTimeSpan() >= TimeSpan.FromMinutes(31));
    }
}
