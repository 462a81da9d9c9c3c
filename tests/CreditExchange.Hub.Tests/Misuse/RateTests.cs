using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Misuse;

public sealed class RateTests
{
    [Fact]
    public async Task A_client_that_waits_as_told_succeeds_and_others_are_not_held_back()
    {
        await using var hub = await HubServer.StartAsync(null, null, "RateLimits:Agencies=hainan-approval=4");
        var refusals = 0;
        for (var i = 0; i < 10; i++)
        {
            while (await TryAsync(i) is { } wait)
            {
                refusals++;
                Assert.InRange(wait, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(2));
                await Task.Delay(wait);
            }

            await StrictHub.CheckAsync(hub, TestListings.Company(i), "haikou-customs", "dutyfree.offshore-purchase");
        }

        Assert.True(refusals > 0);

        async Task<TimeSpan?> TryAsync(int i)
        {
            try
            {
                await StrictHub.CheckAsync(hub, TestListings.Company(i));
                return null;
            }
            catch (RpcException error)
            {
                var failure = RpcFailure.Read(error);
                Assert.Equal((StatusCode.ResourceExhausted, "RATE_LIMIT", "4"), (failure.Code, failure.Reason, failure.Facts["limit"]));
                return StrictHub.RetryOf(Google.Rpc.Status.Parser.ParseFrom(error.Trailers.GetValueBytes("grpc-status-details-bin")));
            }
        }
    }

    [Fact]
    public async Task Each_message_of_a_stream_and_each_item_of_a_batch_counts()
    {
        // So slow that no token comes back within the test.
        await using var hub = await HubServer.StartAsync(null, null, "RateLimits:Agencies=hainan-approval=1", "RateLimits:Burst=1000");
        var lookup = hub.Lookup("hainan-approval");
        var batch = new BatchCheckSubjectsRequest { Matter = StrictHub.Matter, Purpose = "CASE-1" };
        batch.Subjects.Add(Enumerable.Repeat(TestListings.Company(1), 900));
        Assert.Equal(900, (await lookup.BatchCheckSubjectsAsync(batch)).Results.Count);
        Assert.Equal("RATE_LIMIT", (await RpcFailure.OfAsync(lookup.BatchCheckSubjectsAsync(batch))).Reason);

        using var stream = lookup.StreamChecks();
        var reasons = new List<string>();
        for (var i = 0; i < 200; i++)
        {
            await stream.RequestStream.WriteAsync(new StreamChecksRequest
            {
                Check = new CheckSubjectRequest { Subject = TestListings.Company(1), Matter = StrictHub.Matter, Purpose = "CASE-1" },
            });
            Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None));
            reasons.Add(stream.ResponseStream.Current.Error is { } error ? RpcFailure.Read(error).Reason : "");
        }

        Assert.Equal("", reasons[0]);
        Assert.Contains("RATE_LIMIT", reasons);
    }

    [Fact]
    public async Task An_import_is_held_back_and_never_refused()
    {
        await using var hub = await HubServer.StartAsync(null, null, "RateLimits:PerSecond=3", "RateLimits:Agencies=operator=0");
        using var import = hub.Registry("hainan-high-court").ImportListings();
        for (var i = 0; i < 6; i++)
        {
            await import.RequestStream.WriteAsync(new ImportListingsRequest
            {
                RequestId = $"i-{i}",
                Listing = TestListings.Create("court.dishonest-judgment-debtor", TestListings.Company(i), $"ref-{i}"),
            });
        }

        await import.RequestStream.CompleteAsync();
        var answers = 0;
        while (await import.ResponseStream.MoveNext(CancellationToken.None))
        {
            Assert.Null(import.ResponseStream.Current.Error);
            answers++;
        }

        Assert.Equal(6, answers);
    }

    [Theory]
    [InlineData("RateLimits:PerSecond=-1", "RateLimits:PerSecond")]
    [InlineData("RateLimits:Burst=-1", "RateLimits:Burst")]
    [InlineData("RateLimits:Agencies=somebody", "RateLimits:Agencies")]
    public async Task A_limit_that_is_none_keeps_the_hub_from_starting(string setting, string named)
    {
        var fault = await Assert.ThrowsAsync<Hosting.ConfigurationException>(() => HubServer.StartAsync(null, null, setting));
        Assert.Contains(named, Assert.Single(fault.Faults), StringComparison.Ordinal);
    }
}
