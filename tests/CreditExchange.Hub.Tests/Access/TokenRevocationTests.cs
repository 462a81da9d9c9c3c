using CreditExchange.Hub.Tests.Faults;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Access;

public sealed class TokenRevocationTests
{
    [Fact]
    public async Task A_revoked_token_loses_its_open_streams_and_calls_and_the_agency_keeps_its_others()
    {
        await using var hub = await HubServer.StartAsync();
        var lost = new TestTokens(hub.Data).Create("hainan-approval", p => p["jti"] = "lost-1");
        var kept = new TestTokens(hub.Data).Create("hainan-approval", p => p["jti"] = "kept-1");
        using var watch = new ListUpdateService.ListUpdateServiceClient(hub.WithToken(lost)).WatchUpdates(
            new WatchUpdatesRequest { FromPosition = 1 });
        using var checks = Lookup(hub, lost).StreamChecks();
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        await checks.RequestStream.WriteAsync(new StreamChecksRequest { Check = Writes.Check(TestListings.Company(1)) });
        Assert.True(await checks.ResponseStream.MoveNext(CancellationToken.None));
        Assert.NotNull(checks.ResponseStream.Current.Result);
        await CheckAsync(hub, lost);

        var answer = await Tokens(hub).RevokeTokenAsync(new RevokeTokenRequest { RequestId = "1", Token = lost, Reason = "终端遗失" });
        Assert.Equal(("lost-1", "hainan-approval"), (answer.TokenRevocation.Jti, answer.TokenRevocation.Agency));
        foreach (var ended in new[] { await EndOf(watch.ResponseStream), await EndOf(checks.ResponseStream) })
        {
            Assert.Equal((StatusCode.Unauthenticated, "TOKEN_REVOKED"), (ended.Code, ended.Reason));
        }

        await RefusedAsync(hub, lost);
        await CheckAsync(hub, kept);
        Assert.DoesNotContain(hub.Log, l => l.Contains(lost, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_revocation_is_known_after_a_restart()
    {
        var first = await HubServer.StartAsync();
        var token = new TestTokens(first.Data).Create("hainan-approval", p => p["jti"] = "lost-2");
        var kept = new TestTokens(first.Data).Create("hainan-approval");
        await Tokens(first).RevokeTokenAsync(new RevokeTokenRequest { RequestId = "1", Jti = "lost-2", Reason = "终端遗失" });
        await first.StopAsync();
        await using var second = await HubServer.StartAsync(first.Data);
        await RefusedAsync(second, token);
        await CheckAsync(second, kept);
    }

    [Fact]
    public async Task What_names_no_token_is_refused()
    {
        await using var hub = await HubServer.StartAsync();
        var nameless = new TestTokens(hub.Data).Create("hainan-approval");
        await BadAsync("REQUIRED", new RevokeTokenRequest { Token = nameless });
        await BadAsync("REQUIRED", new RevokeTokenRequest());
        await BadAsync("MESSAGE_MALFORMED", new RevokeTokenRequest { Token = "no token" });
        await BadAsync("TOO_LONG", new RevokeTokenRequest { Jti = new string('x', 129) });
        await BadAsync("NUMBER_IN_TEXT", new RevokeTokenRequest { Jti = "t-" + TestListings.Person(1).Number });

        async Task BadAsync(string reason, RevokeTokenRequest request)
        {
            (request.RequestId, request.Reason) = ("1", "r");
            var failure = await RpcFailure.OfAsync(Tokens(hub).RevokeTokenAsync(request));
            Assert.Equal((StatusCode.InvalidArgument, reason), (failure.Code, failure.Reason));
        }
    }

    private static TokenService.TokenServiceClient Tokens(HubServer hub) => new(hub.As("security"));

    private static LookupService.LookupServiceClient Lookup(HubServer hub, string token) => new(hub.WithToken(token));

    private static async Task CheckAsync(HubServer hub, string token) =>
        await Lookup(hub, token).CheckSubjectAsync(Writes.Check(TestListings.Company(1)));

    private static async Task RefusedAsync(HubServer hub, string token)
    {
        var refused = await RpcFailure.OfAsync(Lookup(hub, token).CheckSubjectAsync(Writes.Check(TestListings.Company(1))));
        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_REVOKED"), (refused.Code, refused.Reason));
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
