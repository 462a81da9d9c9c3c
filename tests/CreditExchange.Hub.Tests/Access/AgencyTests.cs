using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Access;

public sealed class AgencyTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private AgencyService.AgencyServiceClient Agencies => new(shared.Hub.As("security"));

    private TokenService.TokenServiceClient Tokens => new(shared.Hub.As("security"));

    [Fact]
    public async Task An_agency_is_changed_at_the_revision_last_seen()
    {
        var added = await Agencies.PutAgencyAsync(Put(New("rev-hub"), 0));
        Assert.Equal(1, added.Agency.Revision);
        await ReachAsync(added.Position);
        foreach (var revision in new long[] { 0, 2, -1 })
        {
            var failure = await RpcFailure.OfAsync(Agencies.PutAgencyAsync(Put(New("rev-hub"), revision)));
            Assert.Equal((StatusCode.Aborted, "REVISION_STALE"), (failure.Code, failure.Reason));
        }

        Assert.Equal(2, (await Agencies.PutAgencyAsync(Put(New("rev-hub"), 1))).Agency.Revision);
        Assert.Contains((await Agencies.ListAgenciesAsync(new ListAgenciesRequest())).Agencies, a => a.AgencyId == "rev-hub");
    }

    [Fact]
    public async Task An_agency_that_is_not_there_is_not_found()
    {
        foreach (var call in new Func<Task>[]
        {
            async () => await Agencies.GetAgencyAsync(new GetAgencyRequest { AgencyId = "nobody" }),
            async () => await Agencies.RevokeAgencyAsync(new RevokeAgencyRequest { RequestId = shared.Id(), AgencyId = "nobody", Reason = "r" }),
            async () => await Tokens.IssueTokenAsync(new IssueTokenRequest { AgencyId = "nobody" }),
        })
        {
            var failure = await RpcFailure.OfAsync(call);
            Assert.Equal((StatusCode.NotFound, "AGENCY_NOT_FOUND", "agency_id"), (failure.Code, failure.Reason, failure.Field));
        }
    }

    [Fact]
    public async Task An_issued_token_holds_what_was_asked_and_no_more()
    {
        var issued = await Tokens.IssueTokenAsync(new IssueTokenRequest { AgencyId = "hainan-approval", Scopes = { "watch" }, LifetimeSeconds = 60 });
        var invoker = shared.Hub.WithToken(issued.Token);
        await SharedHub.WatchAsync(new ListUpdateService.ListUpdateServiceClient(invoker), new WatchUpdatesRequest { FromPosition = 1 }, _ => true);
        var denied = await RpcFailure.OfAsync(new LookupService.LookupServiceClient(invoker).CheckSubjectAsync(new CheckSubjectRequest()));
        Assert.Equal("SCOPE_MISSING", denied.Reason);
        var widened = await RpcFailure.OfAsync(Tokens.IssueTokenAsync(new IssueTokenRequest { AgencyId = "hainan-approval", Scopes = { "security" } }));
        Assert.Equal(("AGENCY_INVALID", "scopes"), (widened.Reason, widened.Field));
        foreach (var seconds in new[] { -1, 2_592_001, long.MaxValue })
        {
            var failure = await RpcFailure.OfAsync(Tokens.IssueTokenAsync(new IssueTokenRequest { AgencyId = "operator", LifetimeSeconds = seconds }));
            Assert.Equal(("DURATION_INVALID", "lifetime_seconds"), (failure.Reason, failure.Field));
        }
    }

    [Fact]
    public async Task New_rights_count_for_tokens_that_were_issued_before()
    {
        var agency = New("late-hub");
        agency.Rights.Scopes.Clear();
        agency.Rights.Scopes.Add("snapshot");
        var added = await Agencies.PutAgencyAsync(Put(agency, 0));
        await ReachAsync(added.Position);
        var token = new TestTokens(shared.Hub.Data).Create("late-hub");
        var client = new ListUpdateService.ListUpdateServiceClient(shared.Hub.WithToken(token));
        var before = await RpcFailure.OfAsync(() => SharedHub.WatchAsync(client, new WatchUpdatesRequest { FromPosition = 1 }, _ => true));
        Assert.Equal("SCOPE_MISSING", before.Reason);
        agency.Rights.Scopes.Add("watch");
        await ReachAsync((await Agencies.PutAgencyAsync(Put(agency, 1))).Position);
        Assert.NotEmpty(await SharedHub.WatchAsync(client, new WatchUpdatesRequest { FromPosition = 1 }, _ => true));
    }

    private Task<CheckSubjectResponse> ReachAsync(long position) =>
        shared.CheckAsync("hainan-approval", "approval.notification-commitment", shared.Company(), position);

    private PutAgencyRequest Put(Agency agency, long revision) =>
        new() { RequestId = shared.Id(), Agency = agency, ExpectedRevision = revision, Reason = "样例" };

    private static Agency New(string id) => new()
    {
        AgencyId = id,
        Name = new LocalizedText { Zh = "样例平台", En = "Sample hub" },
        Region = "440000",
        Kind = AgencyKind.PartnerHub,
        Rights = new Rights { Scopes = { "watch", "snapshot" }, Recipient = RecipientKind.Partner },
    };
}
