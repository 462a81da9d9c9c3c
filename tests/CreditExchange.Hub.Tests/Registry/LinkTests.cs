using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Registry;

public abstract class LinkTests(SharedHub shared)
{
    private const string Matter = "dutyfree.offshore-purchase";

    private RegistryService.RegistryServiceClient Market => shared.Registry("market.serious-violation");

    [Fact]
    public async Task A_linked_passport_is_restricted_by_the_resident_ids_listing_until_the_link_goes()
    {
        var (person, passport) = (shared.Person(), shared.Passport());
        var listing = await shared.PublishAsync("customs.dutyfree-ban", person);
        Assert.Equal(Verdict.Clear, (await CheckAsync(passport, listing.Position)).Verdict);
        var linked = await LinkAsync(person, passport);
        var restricted = await CheckAsync(passport, linked.Position);
        Assert.Equal(Verdict.Restricted, restricted.Verdict);
        Assert.Equal("REFUSE", Assert.Single(restricted.Consequences).Code);
        var unlinked = await Market.UnlinkSubjectsAsync(
            new UnlinkSubjectsRequest { RequestId = shared.Id(), LinkId = linked.Link.LinkId, Reason = "有误" });
        Assert.Equal(Verdict.Clear, (await CheckAsync(passport, unlinked.Position)).Verdict);
        Assert.Equal(Verdict.Restricted, (await CheckAsync(person, unlinked.Position)).Verdict);

        // An unlinked pair may be linked again.
        var again = await LinkAsync(person, passport);
        Assert.NotEqual(linked.Link.LinkId, again.Link.LinkId);
        Assert.Equal(Verdict.Restricted, (await CheckAsync(passport, again.Position)).Verdict);

        Task<CheckSubjectResponse> CheckAsync(SubjectId id, long position) =>
            shared.CheckAsync("haikou-dutyfree", Matter, id, position, listing.SubjectName);
    }

    [Fact]
    public async Task An_id_that_is_reached_in_two_ways_carries_what_either_carries()
    {
        var (old, between, now) = (shared.Company(), shared.Company(), shared.Company());
        await shared.PublishAsync("court.dishonest-judgment-debtor", old);
        var merged = await LinkAsync(old, now, SubjectRelation.MergedInto);
        Assert.Equal(Verdict.Clear, (await CheckAsync(merged.Position)).Verdict);
        await LinkAsync(old, between, SubjectRelation.Recoded);
        var recoded = await LinkAsync(between, now, SubjectRelation.Recoded);
        Assert.Equal(Verdict.Restricted, (await CheckAsync(recoded.Position)).Verdict);

        Task<CheckSubjectResponse> CheckAsync(long position) =>
            shared.CheckAsync("hainan-approval", "approval.notification-commitment", now, position);
    }

    [Fact]
    public async Task Links_that_cannot_be_are_refused()
    {
        var (person, passport, company) = (shared.Person(), shared.Passport(), shared.Company());
        await LinkAsync(person, passport);
        Assert.Equal("LINK_INVALID", (await RpcFailure.OfAsync(() => LinkAsync(person, passport))).Reason);
        Assert.Equal("LINK_INVALID", (await RpcFailure.OfAsync(() => LinkAsync(person, person))).Reason);
        Assert.Equal("LINK_INVALID", (await RpcFailure.OfAsync(() => LinkAsync(person, company))).Reason);
        Assert.Equal("LINK_INVALID", (await RpcFailure.OfAsync(() => LinkAsync(company, shared.Company()))).Reason);
        var relation = await RpcFailure.OfAsync(() => LinkAsync(person, shared.Passport(), SubjectRelation.Unspecified));
        Assert.Equal(("ENUM_INVALID", "link.relation"), (relation.Reason, relation.Field));
        var none = await RpcFailure.OfAsync(Market.UnlinkSubjectsAsync(
            new UnlinkSubjectsRequest { RequestId = shared.Id(), LinkId = "no-1", Reason = "r" }));
        Assert.Equal((StatusCode.NotFound, "LINK_NOT_FOUND"), (none.Code, none.Reason));
    }

    [Fact]
    public async Task A_listing_is_no_link_and_a_link_no_listing()
    {
        var listing = await shared.PublishAsync("market.serious-violation", shared.Company());
        var link = await LinkAsync(shared.Person(), shared.Passport());
        Assert.Equal("LINK_NOT_FOUND", (await RpcFailure.OfAsync(Market.UnlinkSubjectsAsync(
            new UnlinkSubjectsRequest { RequestId = shared.Id(), LinkId = listing.ListingId, Reason = "r" }))).Reason);
        Assert.Equal("LISTING_NOT_FOUND", (await RpcFailure.OfAsync(Market.GetListingAsync(
            new GetListingRequest { ListingId = link.Link.LinkId }))).Reason);
    }

    private async Task<LinkSubjectsResponse> LinkAsync(SubjectId from, SubjectId to, SubjectRelation relation = SubjectRelation.SamePerson) =>
        await Market.LinkSubjectsAsync(new LinkSubjectsRequest
        {
            RequestId = shared.Id(),
            Reason = "换证",
            Link = new SubjectLink { From = from, To = to, Relation = relation, Authority = "样例出入境管理机构", Document = "样例文书1号" },
        });
}
