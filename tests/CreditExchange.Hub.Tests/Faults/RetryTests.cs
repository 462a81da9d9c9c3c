using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>The same write many times at once has one effect, and every caller hears the same.</summary>
public sealed class RetryTests
{
    private const int AtOnce = 32;

    [Fact]
    public async Task Every_write_sent_32_times_at_once_has_one_effect_and_answers_equal_to_the_byte()
    {
        await using var hub = await HubServer.StartAsync();
        var registry = hub.Registry(Writes.Court);
        var published = await OnceAsync(() => registry.PublishListingAsync(Writes.Publish("p-1", 1)));
        var id = published.Listing.ListingId;
        await OnceAsync(() => registry.AmendListingAsync(Writes.Amend("a-1", id, 1)));
        await OnceAsync(() => registry.SuspendListingAsync(new SuspendListingRequest
        {
            RequestId = "s-1", ListingId = id, ExpectedRevision = 2, Reason = "复核",
        }));
        await OnceAsync(() => registry.ReinstateListingAsync(new ReinstateListingRequest
        {
            RequestId = "r-1", ListingId = id, ExpectedRevision = 3, Reason = "复核完毕",
        }));
        await OnceAsync(() => registry.EndListingAsync(Writes.End("e-1", id, 4)));
        var wrong = await OnceAsync(() => registry.PublishListingAsync(Writes.Publish("p-2", 2, person: true)));
        await OnceAsync(() => registry.WithdrawListingAsync(new WithdrawListingRequest
        {
            RequestId = "w-1", ListingId = wrong.Listing.ListingId, ExpectedRevision = 1, Reason = "认定错误",
        }));
        var links = hub.Registry("hainan-market-regulation");
        var link = await OnceAsync(() => links.LinkSubjectsAsync(new LinkSubjectsRequest
        {
            RequestId = "l-1",
            Reason = "同一主体",
            Link = new SubjectLink
            {
                From = TestListings.Company(3), To = TestListings.Company(4), Relation = SubjectRelation.MergedInto, Authority = "登记机关", Document = "登记档案",
            },
        }));
        await OnceAsync(() => links.UnlinkSubjectsAsync(new UnlinkSubjectsRequest
        {
            RequestId = "u-1", LinkId = link.Link.LinkId, Reason = "登记有误",
        }));
        Assert.Empty(hub.Warnings);

        async Task<T> OnceAsync<T>(Func<AsyncUnaryCall<T>> call)
            where T : IMessage
        {
            var before = HeadOf(hub);
            var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ => await call()));
            Assert.Equal(before + 1, HeadOf(hub));
            var first = answers[0].ToByteArray();
            Assert.All(answers, a => Assert.Equal(first, a.ToByteArray()));
            Assert.Equal(first, (await call()).ToByteArray());
            return answers[0];
        }
    }

    [Fact]
    public async Task The_same_request_id_with_other_content_is_refused_however_many_come_at_once()
    {
        await using var hub = await HubServer.StartAsync();
        var registry = hub.Registry(Writes.Court);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async i =>
        {
            try
            {
                var request = Writes.Publish("one-id", 1);
                request.Listing.SourceRef = $"ref-{i}";
                return (await registry.PublishListingAsync(request)).Listing.SourceRef;
            }
            catch (RpcException error)
            {
                return Writes.ReasonOf(error);
            }
        }));
        Assert.Single(outcomes, o => o.StartsWith("ref-", StringComparison.Ordinal));
        Assert.Equal(AtOnce - 1, outcomes.Count(o => o == "REQUEST_ID_REUSED"));
    }

    [Fact]
    public async Task Of_100_amendments_at_once_exactly_one_wins_per_revision()
    {
        await using var hub = await HubServer.StartAsync();
        var registry = hub.Registry(Writes.Court);
        var listing = (await registry.PublishListingAsync(Writes.Publish("p-1", 1, person: true))).Listing;
        for (var revision = 1; revision <= 10; revision++)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
            {
                try
                {
                    var answer = await registry.AmendListingAsync(Writes.Amend($"a-{revision}-{i}", listing.ListingId, revision));
                    return $"{answer.Listing.Revision} {answer.Listing.Reason}";
                }
                catch (RpcException error) when (error.StatusCode == StatusCode.Aborted)
                {
                    return Writes.ReasonOf(error);
                }
            }));
            var winner = Assert.Single(outcomes, o => o != "REVISION_STALE");
            var now = (await registry.GetListingAsync(new GetListingRequest { ListingId = listing.ListingId })).Listing;
            Assert.Equal(winner, $"{revision + 1} {now.Reason}");
        }
    }

    [Fact]
    public async Task Of_32_publishes_with_one_source_ref_one_wins_and_after_its_end_the_next_may()
    {
        await using var hub = await HubServer.StartAsync();
        var registry = hub.Registry(Writes.Court);
        for (var turn = 0; turn < 3; turn++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async i =>
            {
                try
                {
                    var request = Writes.Publish($"t{turn}-{i}", 1);
                    request.Listing.SourceRef = "same";
                    return (await registry.PublishListingAsync(request)).Listing.ListingId;
                }
                catch (RpcException error) when (error.StatusCode == StatusCode.AlreadyExists)
                {
                    return Writes.ReasonOf(error);
                }
            }));
            var winner = Assert.Single(answers, a => a != "SOURCE_REF_TAKEN");
            await registry.EndListingAsync(Writes.End($"end-{turn}", winner, 1));
        }
    }

    private static long HeadOf(HubServer hub) => ((ILedger)hub.Services.GetService(typeof(ILedger))!).Head;
}
