using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Edge;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Edge;
using CreditExchange.Lookup.Redis;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Edge;

/// <summary>What an edge node hangs on breaks: its answers come later or not at all, and never lie.</summary>
public sealed class EdgeFaultTests : IAsyncLifetime
{
    private const string Court = "court.dishonest-judgment-debtor";
    private const string Commitment = "approval.notification-commitment";
    private RedisServer redis = null!;
    private HubServer full = null!;
    private TcpProxy toFull = null!;
    private TcpProxy toRedis = null!;
    private HubServer edge = null!;
    private int next;

    public async Task InitializeAsync()
    {
        redis = await RedisServer.StartAsync();
        toRedis = TcpProxy.To(redis.Port);
        full = await HubServer.StartAsync(settings: $"Redis:Configuration={redis.Configuration}");
        toFull = TcpProxy.To(full.GrpcAddress);
        edge = await EdgeNodes.StartAsync(full, "e1", toFull.Address, $"Redis:Configuration=127.0.0.1:{toRedis.Port}");
    }

    public async Task DisposeAsync()
    {
        await edge.DisposeAsync();
        await toFull.DisposeAsync();
        await full.DisposeAsync();
        await toRedis.DisposeAsync();
        await redis.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_frozen_or_lost_upstream_makes_checks_fail_and_never_lie(bool isCut)
    {
        var (subject, listing) = await PublishAsync();
        Assert.Equal(Verdict.Restricted, (await CheckAsync(subject, listing.Position)).Verdict);
        if (isCut)
        {
            toFull.Cut();
        }
        else
        {
            toFull.HoldStill();
        }

        var (late, second) = await PublishAsync();
        // What was true when the node last heard may be said as long as the caller takes that age.
        var known = await CheckAsync(late, 0, TimeSpan.FromSeconds(4));
        Assert.True(known.Verdict == Verdict.Clear && known.Position < second.Position && known.FreshAt.ToDateTimeOffset() <= second.EffectiveFrom.ToDateTimeOffset());
        await Eventually.HoldsAsync("the end of an age", async () =>
        {
            try
            {
                var answer = await CheckAsync(late, 0, TimeSpan.FromSeconds(1));
                Assert.True(answer.Position < second.Position);
                return false;
            }
            catch (RpcException error)
            {
                var failure = RpcFailure.Read(error);
                return failure is { Code: StatusCode.Unavailable, Reason: "NOT_FRESH", Retry: true };
            }
        });
        foreach (var request in new[] { Request(late, second.Position, null), Request(late, 0, TimeSpan.Zero) })
        {
            var failure = await RpcFailure.OfAsync(edge.Lookup("hainan-approval").CheckSubjectAsync(request));
            Assert.Equal((StatusCode.Unavailable, "NOT_FRESH", true), (failure.Code, failure.Reason, failure.Retry));
        }

        toFull.GoOn();
        await Eventually.HoldsAsync("the upstream again", async () => await TryAsync(Request(late, second.Position, null)) is { Verdict: Verdict.Restricted });
        Assert.Equal(Verdict.Restricted, (await CheckAsync(late, second.Position, TimeSpan.FromSeconds(1))).Verdict);
    }

    [Fact]
    public async Task Without_Redis_every_hit_is_asked_of_the_upstream()
    {
        redis.Kill();
        for (var i = 0; i < 10; i++)
        {
            var (subject, listing) = await PublishAsync();
            Assert.Equal(Verdict.Restricted, (await CheckAsync(subject, listing.Position)).Verdict);
            var ended = await EndAsync(listing);
            Assert.Equal(Verdict.Clear, (await CheckAsync(subject, ended)).Verdict);
        }

        await redis.StartAgainAsync();
        var (again, last) = await PublishAsync();
        await Eventually.HoldsAsync("a hit in Redis", async () =>
        {
            Assert.Equal(Verdict.Restricted, (await CheckAsync(again, last.Position)).Verdict);
            return edge.Services.GetRequiredService<RedisTier>().Counts.Hits > 0;
        });
    }

    [Fact]
    public async Task A_slow_and_then_a_half_open_Redis_costs_time_and_no_answer()
    {
        var (subject, listing) = await PublishAsync();
        toRedis.Delay = TimeSpan.FromMilliseconds(30);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(Verdict.Restricted, (await CheckAsync(subject, listing.Position)).Verdict);
        }

        toRedis.Delay = TimeSpan.Zero;
        toRedis.HoldStill();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(Verdict.Restricted, (await CheckAsync(subject, listing.Position)).Verdict);
        }

        var ended = await EndAsync(listing);
        Assert.Equal(Verdict.Clear, (await CheckAsync(subject, ended)).Verdict);
        toRedis.GoOn();
        var (other, second) = await PublishAsync();
        Assert.Equal(Verdict.Restricted, (await CheckAsync(other, second.Position)).Verdict);
    }

    [Fact]
    public async Task A_detail_that_nobody_gives_is_unavailable_and_a_clean_subject_is_clear()
    {
        var (subject, listing) = await PublishAsync();
        Assert.Equal(Verdict.Restricted, (await CheckAsync(subject, listing.Position)).Verdict);
        redis.Kill();
        toFull.Cut();
        var failure = await RpcFailure.OfAsync(edge.Lookup("hainan-approval").CheckSubjectAsync(Request(subject, 0, TimeSpan.FromSeconds(4))));
        Assert.Equal((StatusCode.Unavailable, "UPSTREAM_UNAVAILABLE", true), (failure.Code, failure.Reason, failure.Retry));
        Assert.Equal(Verdict.Clear, (await CheckAsync(TestListings.Company(77_777), 0, TimeSpan.FromSeconds(4))).Verdict);
    }

    [Fact]
    public async Task A_stampede_on_an_empty_Redis_asks_the_upstream_once_a_subject()
    {
        var (subject, listing) = await PublishAsync();
        await CheckAsync(TestListings.Company(88_888), listing.Position);
        redis.Kill();
        var reader = edge.Services.GetRequiredService<EdgeReader>();
        toFull.Delay = TimeSpan.FromMilliseconds(200);
        var before = reader.Asked;
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => CheckAsync(subject, 0, TimeSpan.FromSeconds(4))));
        Assert.All(answers, a => Assert.Equal(Verdict.Restricted, a.Verdict));
        // One for those who came together; callers who came when it was answered ask once more.
        Assert.InRange(reader.Asked - before, 1, 10);
    }

    [Fact]
    public async Task Whatever_becomes_of_Redis_every_answer_is_that_of_the_position_it_names()
    {
        // Subjects whose state at each position is known: listed and ended in turn.
        var subjects = Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? TestListings.Company(500 + i) : TestListings.Person(500 + i)).ToArray();
        var history = subjects.Select(_ => new List<(long Position, bool IsListed)> { (0, false) }).ToArray();
        using var stop = new CancellationTokenSource();
        var tier = edge.Services.GetRequiredService<RedisTier>();
        var breaks = 0;
        var writing = WriteAsync();
        var breaking = BreakAsync();
        var checks = await Task.WhenAll(Enumerable.Range(0, 4).Select(ReadAsync));
        await stop.CancelAsync();
        await breaking;
        await writing;
        var answered = 0;
        foreach (var (subject, position, verdict) in checks.SelectMany(c => c))
        {
            var isListed = history[subject].FindLast(h => h.Position <= position).IsListed;
            Assert.Equal((subject, position, isListed ? Verdict.Restricted : Verdict.Clear), (subject, position, verdict));
            answered++;
        }

        Assert.True(answered > 200, $"{answered} answers");

        async Task WriteAsync()
        {
            var listings = new Listing?[subjects.Length];
            var random = new Random(7);
            while (!stop.IsCancellationRequested)
            {
                var i = random.Next(subjects.Length);
                long position;
                if (listings[i] is { } listing)
                {
                    position = await EndAsync(listing);
                    listings[i] = null;
                }
                else
                {
                    listings[i] = (await PublishAsync(subjects[i])).Listing;
                    position = listings[i]!.Position;
                }

                history[i].Add((position, listings[i] is not null));
            }
        }

        async Task BreakAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                // One after the other, each time with the same dump of the beginning; Redis gives answers again in between.
                switch (Volatile.Read(ref breaks) % 4)
                {
                    case 0:
                        await redis.CommandAsync("FLUSHALL");
                        break;
                    case 1:
                        redis.Kill();
                        await redis.StartAgainAsync();
                        break;
                    case 2:
                        toRedis.Cut();
                        toRedis.GoOn();
                        break;
                    default:
                        toFull.HoldStill();
                        await redis.CommandAsync("SAVE");
                        toFull.GoOn();
                        break;
                }

                var hits = tier.Counts.Hits;
                await Eventually.HoldsAsync("a hit in Redis", () => stop.IsCancellationRequested || tier.Counts.Hits > hits);
                Interlocked.Increment(ref breaks);
            }
        }

        async Task<List<(int, long, Verdict)>> ReadAsync(int seed)
        {
            var random = new Random(seed);
            var found = new List<(int, long, Verdict)>();
            var last = 0L;
            while (found.Count < 100 || Volatile.Read(ref breaks) < 9)
            {
                var i = random.Next(subjects.Length);
                if (await TryAsync(Request(subjects[i], last, TimeSpan.FromSeconds(4))) is { } answer)
                {
                    // Carried forward, a position never goes back.
                    Assert.True(answer.Position >= last);
                    last = answer.Position;
                    found.Add((i, answer.Position, answer.Verdict));
                }
            }

            return found;
        }
    }

    private async Task<(SubjectId Subject, Listing Listing)> PublishAsync(SubjectId? subject = null)
    {
        var n = Interlocked.Increment(ref next);
        subject ??= TestListings.Company(n);
        var published = await full.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest
        {
            RequestId = $"p-{n}",
            Listing = TestListings.Create(Court, subject, $"ref-{n}"),
        });
        return (subject, published.Listing);
    }

    private async Task<long> EndAsync(Listing listing) =>
        (await full.Registry(Writes.Court).EndListingAsync(
            Writes.End($"e-{Interlocked.Increment(ref next)}", listing.ListingId, listing.Revision))).Listing.Position;

    private Task<CheckSubjectResponse> CheckAsync(SubjectId subject, long position, TimeSpan? age = null) =>
        edge.Lookup("hainan-approval").CheckSubjectAsync(Request(subject, position, age)).ResponseAsync;

    // Null: unavailable, which is allowed at any time.
    private async Task<CheckSubjectResponse?> TryAsync(CheckSubjectRequest request)
    {
        try
        {
            return await edge.Lookup("hainan-approval").CheckSubjectAsync(request);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unavailable)
        {
            return null;
        }
    }

    private static CheckSubjectRequest Request(SubjectId subject, long position, TimeSpan? age) => new()
    {
        Subject = subject,
        Matter = Commitment,
        Purpose = "p-1",
        MinPosition = position,
        MaxStaleness = age is { } most ? Duration.FromTimeSpan(most) : null,
    };
}
