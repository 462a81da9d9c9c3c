using CreditExchange.Hub.Edge;
using CreditExchange.Ledger;
using CreditExchange.Lookup.Edge;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Edge;

/// <summary>An edge node learns everything that a verdict hangs on, and serves nothing else.</summary>
public sealed class EdgeTests(EdgeHub shared) : IClassFixture<EdgeHub>
{
    private const string Court = "court.dishonest-judgment-debtor";
    private const string Commitment = "approval.notification-commitment";

    [Fact]
    public async Task Every_other_method_says_that_a_full_node_must_be_called()
    {
        foreach (var method in ContractMethods.All.Where(m => m.Service.Name != "LookupService"))
        {
            var scope = CreditExchange.Hub.Access.MethodScopes.Of(ContractMethods.PathOf(method));
            var agency = scope is "audit" ? "auditor" : scope is "security" ? "security" : scope is "system" ? "operator"
                : scope is "node" ? EdgeNodes.Agency : scope is "check" or "" ? "hainan-approval"
                : scope is "exchange" ? "guangdong-hub"
                : scope is "subject.link" ? "hainan-market-regulation" : "hainan-high-court";
            var failure = await RpcFailure.OfAsync(() => ContractMethods.CallAsync(shared.Asked.As(agency), method, []));
            Assert.True((failure.Code, failure.Reason) == (StatusCode.FailedPrecondition, "EDGE_NODE"), $"{method.FullName}: {failure.Reason}");
        }
    }

    [Fact]
    public async Task What_carries_over_from_a_linked_id_counts_on_an_edge_node_too()
    {
        var (one, other) = (shared.Person(), shared.Person());
        var listing = await shared.PublishAsync(Court, one);
        Assert.Equal(Verdict.Clear, (await shared.CheckAsync("hainan-approval", Commitment, other, listing.Position)).Verdict);
        var registry = shared.Hub.Registry("hainan-market-regulation");
        var linked = await registry.LinkSubjectsAsync(new LinkSubjectsRequest
        {
            RequestId = shared.Id(),
            Reason = "换证",
            Link = new SubjectLink { From = one, To = other, Relation = SubjectRelation.SamePerson, Authority = "样例出入境管理机构", Document = "样例文书1号" },
        });
        var answer = await shared.CheckAsync("hainan-approval", Commitment, other, linked.Position);
        Assert.Equal((Verdict.Restricted, listing.ListingId), (answer.Verdict, Assert.Single(answer.Matches).ListingId));
        var ended = await shared.EndAsync(listing);
        Assert.Equal(Verdict.Clear, (await shared.CheckAsync("hainan-approval", Commitment, other, ended.Position)).Verdict);
        var again = await shared.PublishAsync(Court, one);
        Assert.Equal(Verdict.Restricted, (await shared.CheckAsync("hainan-approval", Commitment, other, again.Position)).Verdict);
        var unlinked = await registry.UnlinkSubjectsAsync(new UnlinkSubjectsRequest
        {
            RequestId = shared.Id(),
            LinkId = linked.Link.LinkId,
            Reason = "更正",
        });
        Assert.Equal(Verdict.Clear, (await shared.CheckAsync("hainan-approval", Commitment, other, unlinked.Position)).Verdict);
        Assert.Equal(Verdict.Restricted, (await shared.CheckAsync("hainan-approval", Commitment, one, unlinked.Position)).Verdict);
    }

    [Fact]
    public async Task A_node_that_starts_later_knows_what_was_before_it()
    {
        var listed = shared.Company();
        var (from, to) = (shared.Person(), shared.Person());
        await shared.PublishAsync(Court, from);
        await shared.Hub.Registry("hainan-market-regulation").LinkSubjectsAsync(new LinkSubjectsRequest
        {
            RequestId = shared.Id(),
            Reason = "换证",
            Link = new SubjectLink { From = from, To = to, Relation = SubjectRelation.SamePerson, Authority = "样例出入境管理机构", Document = "样例文书2号" },
        });
        var listing = await shared.PublishAsync(Court, listed);
        await using var later = await EdgeNodes.StartAsync(shared.Hub, "e2", null, $"Redis:Configuration={shared.Redis!.Configuration}");
        foreach (var (subject, verdict) in new[] { (listed, Verdict.Restricted), (to, Verdict.Restricted), (shared.Company(), Verdict.Clear) })
        {
            var answer = await later.Lookup("hainan-approval").CheckSubjectAsync(Request(subject));
            Assert.Equal(verdict, answer.Verdict);
            Assert.True(answer.Position >= listing.Position);
            Assert.StartsWith("e2-", answer.CheckId, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_revoked_agency_is_refused_by_an_edge_node()
    {
        await using var full = await HubServer.StartAsync();
        await using var edge = await EdgeNodes.StartAsync(full);
        var subject = TestListings.Company(5);
        Assert.Equal(Verdict.Clear, (await edge.Lookup("haikou-customs").CheckSubjectAsync(Request(subject, "dutyfree.offshore-purchase"))).Verdict);
        await new AgencyService.AgencyServiceClient(full.As("security")).RevokeAgencyAsync(
            new RevokeAgencyRequest { RequestId = "r", AgencyId = "haikou-customs", Reason = "test" });
        await Eventually.HoldsAsync("the revocation", async () =>
        {
            try
            {
                await edge.Lookup("haikou-customs").CheckSubjectAsync(Request(subject, "dutyfree.offshore-purchase"));
                return false;
            }
            catch (RpcException error)
            {
                return RpcFailure.Read(error).Reason == "AGENCY_REVOKED";
            }
        });
    }

    [Fact]
    public async Task The_subject_key_is_switched_under_an_edge_node()
    {
        await using var redis = await RedisServer.StartAsync();
        var setting = $"Redis:Configuration={redis.Configuration}";
        await using var full = await HubServer.StartAsync(settings: setting);
        await using var edge = await EdgeNodes.StartAsync(full, settings: setting);
        var registry = full.Registry("hainan-high-court");
        var before = (await registry.PublishListingAsync(Publish(1))).Listing;
        Assert.Equal(Verdict.Restricted, (await CheckAsync(1, before.Position)).Verdict);
        await new KeyService.KeyServiceClient(full.As("security")).RotateSubjectKeyAsync(
            new RotateSubjectKeyRequest { RequestId = "rotate", Reason = "test" });
        for (var i = 2; i < 40; i++)
        {
            var listing = (await registry.PublishListingAsync(Publish(i))).Listing;
            Assert.Equal(Verdict.Restricted, (await CheckAsync(i, listing.Position)).Verdict);
            Assert.Equal(Verdict.Restricted, (await CheckAsync(1, listing.Position)).Verdict);
            Assert.Equal(Verdict.Clear, (await CheckAsync(10_000 + i, listing.Position)).Verdict);
        }

        await Eventually.HoldsAsync("the switch", () => edge.Services.GetRequiredService<EdgeView>().State.KeyVersion == 2);
        Assert.Equal(Verdict.Restricted, (await CheckAsync(1, 0)).Verdict);
        Assert.Equal(Verdict.Clear, (await CheckAsync(20_000, 0)).Verdict);

        async Task<CheckSubjectResponse> CheckAsync(int seed, long position)
        {
            var request = Request(TestListings.Company(seed));
            request.MinPosition = position;
            return await edge.Lookup("hainan-approval").CheckSubjectAsync(request);
        }

        static PublishListingRequest Publish(int seed) =>
            new() { RequestId = $"p-{seed}", Listing = TestListings.Create(Court, TestListings.Company(seed), $"ref-{seed}") };
    }

    [Fact]
    public async Task A_catalogue_that_comes_into_force_counts_on_an_edge_node()
    {
        await using var full = await HubServer.StartAsync();
        await using var edge = await EdgeNodes.StartAsync(full);
        var catalogues = new CatalogueService.CatalogueServiceClient(full.As("operator"));
        var now = await catalogues.GetCatalogueAsync(new GetCatalogueRequest());
        var next = now.Catalogue.Clone();
        next.Matters.Single(m => m.Code == Commitment).RelyFor = Duration.FromTimeSpan(TimeSpan.FromSeconds(123));
        var activated = await catalogues.ActivateCatalogueAsync(new ActivateCatalogueRequest { RequestId = "c", Catalogue = next });
        var request = Request(TestListings.Company(1));
        request.MinPosition = activated.Position;
        var answer = await edge.Lookup("hainan-approval").CheckSubjectAsync(request);
        Assert.Equal(TimeSpan.FromSeconds(123), answer.RelyUntil.ToDateTimeOffset() - answer.AsOf.ToDateTimeOffset());
    }

    [Fact]
    public async Task Nothing_between_the_nodes_names_anybody()
    {
        var subject = shared.Person();
        var listing = await shared.PublishAsync(Court, subject);
        var nodes = new NodeService.NodeServiceClient(shared.Hub.As(EdgeNodes.Agency));
        var messages = new List<IMessage>();
        using (var state = nodes.ReadNodeState(new ReadNodeStateRequest()))
        {
            while (await state.ResponseStream.MoveNext(CancellationToken.None))
            {
                messages.Add(state.ResponseStream.Current);
            }
        }

        messages.AddRange(await SharedHub.WatchAsync(
            shared.Hub.Updates(EdgeNodes.Agency), new WatchUpdatesRequest { FromPosition = listing.Position }, m => m.Event?.Position == listing.Position));
        Assert.Equal(SubjectKeyOf(subject), ((WatchUpdatesResponse)messages[^1]).NodeChange.SubjectKeys);
        messages.Add(await nodes.ReadSubjectDetailsAsync(new ReadSubjectDetailsRequest { SubjectKeys = SubjectKeyOf(subject) }));
        foreach (var message in messages)
        {
            var bytes = message.ToByteArray();
            Assert.True(bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(subject.Number)) < 0);
            Assert.True(bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(listing.SubjectName)) < 0);
        }

        // Others who follow are told no keys.
        var others = await SharedHub.WatchAsync(
            shared.Hub.Updates("operator"), new WatchUpdatesRequest { FromPosition = listing.Position }, m => m.Event?.Position == listing.Position);
        Assert.All(others, m => Assert.Null(m.NodeChange));
    }

    [Fact]
    public async Task A_node_with_another_wrapping_key_does_not_start()
    {
        var error = await Assert.ThrowsAsync<LedgerRefusedException>(() => EdgeNodes.StartAsync(
            shared.Hub, "e3", null, $"Keys:WrappingKey={Convert.ToBase64String(new byte[32])}"));
        Assert.Contains("wrapping key", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edge_node_tells_all_faults_of_its_configuration_at_once()
    {
        var error = await Assert.ThrowsAsync<Hosting.ConfigurationException>(() => HubServer.StartAsync(
            null, null, "Lookup:Mode=Edge", "Lookup:Upstream=nowhere", "Redis:Configuration=,ssl=perhaps"));
        Assert.Equal(5, error.Faults.Count);
    }

    private ByteString SubjectKeyOf(SubjectId subject) => ByteString.CopyFrom(
        shared.Hub.Services.GetRequiredService<ILedger>().Keys.Subject.Compute(subject).ToArray());

    private static CheckSubjectRequest Request(SubjectId subject, string matter = Commitment) =>
        new() { Subject = subject, Matter = matter, Purpose = "p-1" };
}
