using CreditExchange.Hub.Recognition.Exchange;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Recognition.Exchange;

/// <summary>Hubs of provinces that exchange, and what the tests do at them.</summary>
internal static class Neighbours
{
    public const string GuangdongCourt = "guangdong-high-court";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A hub of a province that calls others.</summary>
    /// <param name="region">Its region.</param>
    /// <param name="data">Its data folder; null: a new one.</param>
    /// <param name="others">Those that it calls, with their regions.</param>
    public static Task<HubServer> StartAsync(string region, string? data = null, params (string Region, HubServer Hub)[] others) =>
        StartAtAsync(region, data, null, [.. others.Select(o => (o.Region, o.Hub.GrpcAddress, TokenFileAt(o.Hub.Tokens, region)))]);

    public static Task<HubServer> StartAtAsync(
        string region, string? data, TimeProvider? time, params (string Region, string Address, string TokenFile)[] others) =>
        HubServer.StartAsync(data, time, Settings(region, others));

    public static string[] Settings(string region, params (string Region, string Address, string TokenFile)[] others) =>
    [
        $"Recognition:Region={region}", $"Recognition:HubId={HubOf(region)}", $"Recognition:NameEn={HubOf(region)}",
        .. others.SelectMany((o, i) => new[]
        {
            $"Recognition:Partners:{i}:Region={o.Region}", $"Recognition:Partners:{i}:Address={o.Address}", $"Recognition:Partners:{i}:TokenFile={o.TokenFile}",
        }),
    ];

    public static string TokenFileAt(string tokens, string region) => Path.Combine(tokens, $"{HubOf(region)}.jwt");

    public static string HubOf(string region) => region switch
    {
        "440000" => "guangdong-hub",
        "450000" => "guangxi-hub",
        _ => "hainan-hub",
    };

    /// <summary>Adds a court of another province; gives its registry.</summary>
    public static async Task<RegistryService.RegistryServiceClient> CourtAsync(this HubServer hub, string region = "440000", string id = GuangdongCourt)
    {
        var agencies = new AgencyService.AgencyServiceClient(hub.As("security"));
        await agencies.PutAgencyAsync(new PutAgencyRequest { RequestId = Provinces.Id(), Agency = Court(region, id), Reason = "test" });
        return hub.CourtClient(id);
    }

    public static Agency Court(string region, string id) => new()
    {
        AgencyId = id,
        Name = new LocalizedText { Zh = "某省高级人民法院", En = "High Court" },
        Region = region,
        Kind = AgencyKind.Court,
        Rights = new Rights
        {
            Scopes = { "listing.publish", "listing.read" },
            Publish = { Provinces.Court, Provinces.Market },
            End = { Provinces.Court, Provinces.Market },
            Recipient = RecipientKind.Agency,
        },
    };

    public static RegistryService.RegistryServiceClient CourtClient(this HubServer hub, string id = GuangdongCourt) =>
        new(hub.WithToken(new TestTokens(hub.Data).Create(id)));

    public static async Task<Listing> PublishAsync(
        this RegistryService.RegistryServiceClient court, SubjectId subject, string list = Provinces.Court, Action<Listing>? change = null)
    {
        var listing = TestListings.Create(list, subject, Provinces.Id());
        change?.Invoke(listing);
        return (await court.PublishListingAsync(new PublishListingRequest { RequestId = Provinces.Id(), Listing = listing })).Listing;
    }

    public static async Task<Listing> EndAsync(this RegistryService.RegistryServiceClient court, Listing listing) =>
        (await court.EndListingAsync(new EndListingRequest
        {
            RequestId = Provinces.Id(),
            ListingId = listing.ListingId,
            ExpectedRevision = listing.Revision,
            Reason = "履行完毕",
            Ground = EndGround.DutyDone,
        })).Listing;

    public static ILedger Ledger(this HubServer hub) => hub.Services.GetRequiredService<ILedger>();

    public static CreditExchange.Hub.Recognition.Exchange.Partner PartnerOf(this HubServer hub, string region) => hub.Services.GetRequiredService<PartnerBook>().Of(region);

    public static async Task<V1.Partner> ReportAsync(this HubServer hub, string region) =>
        (await hub.Recognition().ListPartnersAsync(new ListPartnersRequest())).Partners.Single(p => p.Region == region);

    /// <summary>Waits until a hub has all of another's ledger as it stands now.</summary>
    /// <param name="receiver">The one.</param>
    /// <param name="region">The other's region.</param>
    /// <param name="sender">The other.</param>
    public static async Task HasAllAsync(this HubServer receiver, string region, HubServer sender)
    {
        var head = sender.Ledger().Head;
        await UntilAsync(() => receiver.PartnerOf(region).Incoming.State is var s && s.Position >= head && s.LedgerId == sender.Ledger().LedgerId
            && receiver.Services.GetRequiredService<PartnerBook>().TermsOf(region) is { } terms
            && terms.InForce.All(a => s.ThroughOf(a, receiver.Services.GetRequiredService<TokenKeys>().NewestOf(region)) >= head));
    }

    public static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!holds())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    /// <summary>A check that reflects everything that the hub has recorded until now.</summary>
    public static Task<CheckSubjectResponse> CheckNowAsync(this HubServer hub, SubjectId subject, string matter = Provinces.Commitment) =>
        hub.CheckAsync(subject, hub.Ledger().Head, matter);

    /// <summary>How many events of recognised listings a hub's ledger has.</summary>
    public static int RecognisedEvents(this HubServer hub)
    {
        var count = 0;
        for (long next = 1; hub.Ledger().Read(next, 1_000) is { Count: > 0 } page; next = page[^1].Position + 1)
        {
            count += page.Count(e => hub.Ledger().OpenPart(e).Listing?.Origin?.Agreement.Length > 0);
        }

        return count;
    }

    public static bool Contains(this ByteString bytes, string text) => bytes.Span.IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0;
}
