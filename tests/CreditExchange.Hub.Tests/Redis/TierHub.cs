using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Redis;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Hub.Tests.Redis;

/// <summary>A full node that writes a real Redis, and a reader of that Redis with no index.</summary>
internal sealed class TierHub : IAsyncDisposable
{
    public const string Court = "court.dishonest-judgment-debtor";
    private readonly List<Listing> listings = [];
    private readonly List<SubjectId> subjects = [];
    private int next;

    private TierHub(HubServer hub, RedisServer redis) => (Hub, Redis) = (hub, redis);

    public HubServer Hub { get; private set; }

    public RedisServer Redis { get; }

    public RedisTier Reader { get; private set; } = null!;

    public IReadOnlyList<SubjectId> Subjects => subjects;

    public IReadOnlyList<Listing> Listings => listings;

    public ILedger Ledger => Hub.Services.GetRequiredService<ILedger>();

    public LookupView View => Hub.Services.GetRequiredService<LookupView>();

    public TierProjection Projection => Hub.Services.GetRequiredService<TierProjection>();

    public static async Task<TierHub> StartAsync(params string[] redisSettings)
    {
        var redis = await RedisServer.StartAsync(redisSettings);
        var hub = new TierHub(await HubServer.StartAsync(settings: $"Redis:Configuration={redis.Configuration}"), redis);
        hub.Reader = hub.NewTier(redis.Configuration);
        return hub;
    }

    public static TierHub Of(HubServer hub, RedisServer redis, string configuration)
    {
        var made = new TierHub(hub, redis);
        made.Reader = made.NewTier(configuration);
        return made;
    }

    public RedisTier NewTier(string configuration)
    {
        var names = new TierKeys(Ledger.LedgerId);
        return new RedisTier(configuration, names, new SealedDetails(Ledger.Keys, names), TimeProvider.System, NullLogger.Instance);
    }

    public SubjectKey KeyOf(SubjectId id) => Ledger.Keys.Subject.Compute(SubjectIds.Normalise(id, "subject", new DateOnly(2026, 1, 1)));

    public async Task<Listing> PublishAsync(SubjectId? subject = null, Action<Listing>? change = null)
    {
        var n = Interlocked.Increment(ref next);
        subject ??= n % 2 == 0 ? TestListings.Company(n) : TestListings.Person(n);
        var listing = TestListings.Create(Court, subject, $"ref-{n}");
        change?.Invoke(listing);
        var made = (await Hub.Registry("hainan-high-court").PublishListingAsync(
            new PublishListingRequest { RequestId = $"p-{n}", Listing = listing })).Listing;
        listings.Add(made);
        subjects.Add(subject);
        return made;
    }

    public async Task PublishAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await PublishAsync();
        }
    }

    public async Task<long> EndAsync(Listing listing) =>
        (await Hub.Registry(Writes.Court).EndListingAsync(
            Writes.End($"e-{Interlocked.Increment(ref next)}", listing.ListingId, listing.Revision))).Listing.Position;

    public async Task<long> WithdrawAsync(Listing listing) =>
        (await Hub.Registry("hainan-high-court").WithdrawListingAsync(new WithdrawListingRequest
        {
            RequestId = $"w-{Interlocked.Increment(ref next)}",
            ListingId = listing.ListingId,
            ExpectedRevision = listing.Revision,
            Reason = "认定有误",
        })).Listing.Position;

    public async Task<TierDetail?> ReadAsync(SubjectId subject, long position = -1)
    {
        var into = new TierDetail?[1];
        await Reader.ReadAsync([KeyOf(subject)], [position < 0 ? Ledger.Head : position], into);
        return into[0];
    }

    /// <summary>Whatever the tier says of a subject is what the index says; or it says nothing.</summary>
    public async Task<int> AssertNeverWrongAsync()
    {
        await View.WaitForAsync(Ledger.Head, TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken.None);
        var keys = subjects.ConvertAll(KeyOf);
        var into = new TierDetail?[keys.Count];
        await Reader.ReadAsync(keys, keys.ConvertAll(_ => Ledger.Head), into);
        var found = 0;
        for (var i = 0; i < into.Length; i++)
        {
            if (into[i] is { } detail)
            {
                found++;
                // What doesn't count any more may be left out.
                View.ReadOwn(keys[i], out var reading);
                var known = reading.ToFacts().Where(f => f.CountsUntilTicks > DateTimeOffset.UnixEpoch.AddYears(50).UtcTicks);
                Assert.Equal(known.Select(f => (f.Entity, f.State)).Order(), detail.Facts.Select(f => (f.Entity, f.State)).Order());
            }
        }

        return found;
    }

    /// <summary>In the end the tier knows every subject, as it is; and is never wrong until then.</summary>
    public Task ComesRightAsync() => Eventually.HoldsAsync(
        "every subject in Redis", async () => await AssertNeverWrongAsync() == subjects.Count);

    public async Task RestartHubAsync()
    {
        var data = Hub.Data;
        await Reader.DisposeAsync();
        await Hub.StopAsync();
        Hub = await HubServer.StartAsync(data, null, $"Redis:Configuration={Redis.Configuration}");
        Reader = NewTier(Redis.Configuration);
    }

    public async ValueTask DisposeAsync()
    {
        await Reader.DisposeAsync();
        await Hub.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
