using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Access;

public sealed class StreamEndTests
{
    [Fact]
    public async Task A_revoked_agency_loses_its_open_streams_and_every_further_call()
    {
        await using var hub = await HubServer.StartAsync();
        using var watch = hub.Updates("guangdong-hub").WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        await new AgencyService.AgencyServiceClient(hub.As("security")).RevokeAgencyAsync(
            new RevokeAgencyRequest { RequestId = "revoke", AgencyId = "guangdong-hub", Reason = "协议终止" });
        var ended = await EndOf(watch.ResponseStream);
        Assert.Equal((StatusCode.Unauthenticated, "AGENCY_REVOKED"), (ended.Code, ended.Reason));
        var refused = await RpcFailure.OfAsync(async () =>
        {
            using var again = hub.Updates("guangdong-hub").WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
            await again.ResponseStream.MoveNext(CancellationToken.None);
        });
        Assert.Equal("AGENCY_REVOKED", refused.Reason);
    }

    [Fact]
    public async Task An_agency_that_loses_a_scope_loses_the_streams_that_need_it()
    {
        await using var hub = await HubServer.StartAsync();
        var agencies = new AgencyService.AgencyServiceClient(hub.As("security"));
        using var watch = hub.Updates("guangxi-hub").WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        var agency = (await agencies.GetAgencyAsync(new GetAgencyRequest { AgencyId = "guangxi-hub" })).Agency;
        agency.Rights.Scopes.Remove("watch");
        await agencies.PutAgencyAsync(new PutAgencyRequest
        {
            RequestId = "narrow",
            Agency = agency,
            ExpectedRevision = agency.Revision,
            Reason = "缩小权限",
        });
        var ended = await EndOf(watch.ResponseStream);
        Assert.Equal((StatusCode.PermissionDenied, "SCOPE_MISSING"), (ended.Code, ended.Reason));
    }

    [Fact]
    public async Task Streams_end_with_their_token()
    {
        var time = FakeTime.OfWallClock(TimeProvider.System.GetUtcNow());
        await using var hub = await HubServer.StartAsync(time: time);
        var token = new TestTokens(hub.Data, time.Now).Create("hainan-approval");
        var invoker = hub.WithToken(token);
        using var watch = new ListUpdateService.ListUpdateServiceClient(invoker).WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        using var checks = new LookupService.LookupServiceClient(invoker).StreamChecks();
        using var import = new RegistryService.RegistryServiceClient(invoker).ImportListings();
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        await checks.RequestStream.WriteAsync(new StreamChecksRequest { CorrelationId = "1" });
        Assert.True(await checks.ResponseStream.MoveNext(CancellationToken.None));
        await import.RequestStream.WriteAsync(new ImportListingsRequest { RequestId = "1" });
        Assert.True(await import.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal("REQUIRED", RpcFailure.Read(import.ResponseStream.Current.Error).Reason);

        time.Now += TimeSpan.FromSeconds(600);
        foreach (var ended in new[] { await EndOf(watch.ResponseStream), await EndOf(checks.ResponseStream), await EndOf(import.ResponseStream) })
        {
            Assert.Equal((StatusCode.Unauthenticated, "TOKEN_EXPIRED"), (ended.Code, ended.Reason));
        }
    }

    [Fact]
    public async Task A_stopping_hub_ends_its_streams_as_unavailable()
    {
        await using var hub = await HubServer.StartAsync();
        using var watch = hub.Updates("operator").WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        var ending = EndOf(watch.ResponseStream);
        hub.RequestStop();
        var ended = await ending;
        Assert.Equal((StatusCode.Unavailable, "SHUTTING_DOWN"), (ended.Code, ended.Reason));
        Assert.True(ended.Retry);
    }

    private static Task<RpcFailure> EndOf<T>(IAsyncStreamReader<T> stream) => RpcFailure.OfAsync(async () =>
    {
        while (await stream.MoveNext(CancellationToken.None))
        {
            // What is still on its way comes first.
            Assert.NotNull(stream.Current);
        }
    });
}
