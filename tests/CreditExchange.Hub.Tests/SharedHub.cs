using System.Collections.Concurrent;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests;

/// <summary>
/// One hub for all tests of a class, with subjects that no two tests share. At its end the log is searched for every
/// number and name that was used, and for faults of the hub.
/// </summary>
public class SharedHub : IAsyncLifetime
{
    public static readonly string[] DemonstrationLists =
    [
        "court.dishonest-judgment-debtor", "tax.major-violation", "market.serious-violation", "market.abnormal-operation",
        "procurement.serious-violation", "dutyfree.dishonesty", "customs.dutyfree-ban", "commitment.false", "tax.a-grade",
    ];

    private readonly ConcurrentBag<string> secrets = [TestListings.Create("x", new SubjectId(), "x").SubjectName];
    private int next;

    public HubServer Hub { get; private set; } = null!;

    protected void UseHub(HubServer hub) => Hub = hub;

    public virtual async Task InitializeAsync()
    {
        Hub = await HubServer.StartAsync();
        await AddFinanceAsync(Hub);
    }

    public async Task DisposeAsync()
    {
        string[] log = [.. Hub.Log, .. ReferenceEquals(Asked, Hub) ? [] : Asked.Log];
        var secret = secrets.ToArray();
        await StopOthersAsync();
        await Hub.DisposeAsync();
        Assert.NotEmpty(log);
        foreach (var line in log)
        {
            Assert.False(line.Contains("CallFailed", StringComparison.Ordinal), line);
            Assert.DoesNotContain(secret, s => line.Contains(s, StringComparison.Ordinal));
        }
    }

    /// <summary>The node that is asked: the hub itself, or one of its edge nodes.</summary>
    public virtual HubServer Asked => Hub;

    public LookupService.LookupServiceClient Lookup(string agency) => Asked.Lookup(agency);

    public int Next() => Interlocked.Increment(ref next);

    public SubjectId Company() => Remember(TestListings.Company(Next()));

    public SubjectId Person() => Remember(TestListings.Person(Next()));

    public SubjectId Passport() => Remember(Domain.Samples.SampleIds.Passport(new Random(Next())));

    public string Id(string what = "r") => $"{what}-{Next()}";

    public static string PublisherOf(string list) => list switch
    {
        "court.dishonest-judgment-debtor" => "hainan-high-court",
        "tax.major-violation" or "tax.a-grade" => "hainan-tax",
        "market.serious-violation" or "market.abnormal-operation" => "hainan-market-regulation",
        "procurement.serious-violation" => "hainan-finance",
        "dutyfree.dishonesty" or "customs.dutyfree-ban" => "haikou-customs",
        "commitment.false" => "hainan-approval",
        _ => throw new ArgumentException(list),
    };

    public RegistryService.RegistryServiceClient Registry(string list) => new(AsPublisherOf(list));

    public CallInvoker AsPublisherOf(string list) => list == "procurement.serious-violation"
        ? Hub.WithToken(new TestTokens(Hub.Data).Create("hainan-finance"))
        : Hub.As(PublisherOf(list));

    public async Task<Listing> PublishAsync(string list, SubjectId subject, Action<Listing>? change = null)
    {
        var listing = TestListings.Create(list, subject, Id("ref"));
        change?.Invoke(listing);
        var response = await Registry(list).PublishListingAsync(new PublishListingRequest { RequestId = Id(), Listing = listing });
        return response.Listing;
    }

    public Task<CheckSubjectResponse> CheckAsync(
        string agency, string matter, SubjectId subject, long minPosition = 0, string name = "") =>
        Lookup(agency).CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = subject,
            Matter = matter,
            Purpose = "琼审批〔2026〕1号",
            MinPosition = minPosition,
            SubjectName = name,
        }).ResponseAsync;

    public async Task<Listing> EndAsync(Listing listing, EndGround ground = EndGround.DutyDone) =>
        (await Registry(listing.ListCode).EndListingAsync(new EndListingRequest
        {
            RequestId = Id(),
            ListingId = listing.ListingId,
            ExpectedRevision = listing.Revision,
            Reason = "履行完毕",
            Ground = ground,
        })).Listing;

    /// <summary>Events from a position on, until one has the wanted position.</summary>
    public static async Task<List<WatchUpdatesResponse>> WatchAsync(
        ListUpdateService.ListUpdateServiceClient client, WatchUpdatesRequest request, Func<WatchUpdatesResponse, bool> isLast)
    {
        using var watch = client.WatchUpdates(request);
        var seen = new List<WatchUpdatesResponse>();
        do
        {
            Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
            seen.Add(watch.ResponseStream.Current);
        }
        while (!isLast(seen[^1]));
        return seen;
    }

    protected static async Task AddFinanceAsync(HubServer hub)
    {
        var agencies = new AgencyService.AgencyServiceClient(hub.As("security"));
        var agency = new Agency
        {
            AgencyId = "hainan-finance",
            Name = new LocalizedText { Zh = "海南省财政厅", En = "Hainan Finance" },
            Region = "460000",
            Kind = AgencyKind.Finance,
            Rights = new Rights
            {
                Scopes = { "listing.publish", "listing.read" },
                Publish = { "procurement.serious-violation" },
                End = { "procurement.serious-violation" },
                Recipient = RecipientKind.Agency,
            },
        };
        var put = await agencies.PutAgencyAsync(new PutAgencyRequest { RequestId = "finance", Agency = agency, Reason = "test" });
        // Rights are in force when the views have reached the position.
        await hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = TestListings.Company(999_999),
            Matter = "approval.notification-commitment",
            Purpose = "p",
            MinPosition = put.Position,
        });
    }

    protected virtual Task StopOthersAsync() => Task.CompletedTask;

    private SubjectId Remember(SubjectId id)
    {
        secrets.Add(id.Number);
        return id;
    }
}
