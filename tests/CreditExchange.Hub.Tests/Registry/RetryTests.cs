using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Registry;

/// <summary>A request id stands for one effect and one answer, whatever came after.</summary>
public sealed class RetryTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private const string Court = "court.dishonest-judgment-debtor";

    [Fact]
    public async Task Every_write_of_a_listing_answers_its_retry_byte_for_byte_after_all_that_followed()
    {
        var registry = shared.Registry(Court);
        var subject = shared.Person();
        var publish = new PublishListingRequest { RequestId = shared.Id(), Listing = TestListings.Create(Court, subject, shared.Id("ref")) };
        var published = await registry.PublishListingAsync(publish);
        var id = published.Listing.ListingId;
        var amend = new AmendListingRequest
        {
            RequestId = shared.Id(),
            ListingId = id,
            ExpectedRevision = 1,
            Reason = "更正",
            Listing = new Listing { Reason = "另一事由" },
            UpdateMask = new FieldMask { Paths = { "reason" } },
        };
        var suspend = new SuspendListingRequest { RequestId = shared.Id(), ListingId = id, ExpectedRevision = 2, Reason = "中止" };
        var reinstate = new ReinstateListingRequest { RequestId = shared.Id(), ListingId = id, ExpectedRevision = 3, Reason = "恢复" };
        var end = new EndListingRequest
        {
            RequestId = shared.Id(),
            ListCode = Court,
            SourceRef = publish.Listing.SourceRef,
            Subject = subject,
            ExpectedRevision = 4,
            Reason = "履行",
            Ground = EndGround.DutyDone,
        };
        var other = await shared.PublishAsync(Court, shared.Company());
        var withdraw = new WithdrawListingRequest { RequestId = shared.Id(), ListingId = other.ListingId, ExpectedRevision = 1, Reason = "有误" };
        (string Name, Func<Task<IMessage>> Send)[] writes =
        [
            ("publish", async () => await registry.PublishListingAsync(publish)),
            ("amend", async () => await registry.AmendListingAsync(amend)),
            ("suspend", async () => await registry.SuspendListingAsync(suspend)),
            ("reinstate", async () => await registry.ReinstateListingAsync(reinstate)),
            ("end", async () => await registry.EndListingAsync(end)),
            ("withdraw", async () => await registry.WithdrawListingAsync(withdraw)),
        ];
        var first = new Dictionary<string, byte[]>();
        foreach (var (name, send) in writes)
        {
            first[name] = (await send()).ToByteArray();
            Assert.Equal(first[name], (await send()).ToByteArray());
        }

        foreach (var (name, send) in writes)
        {
            var again = (await send()).ToByteArray();
            Assert.True(first[name].AsSpan().SequenceEqual(again), name);
        }

        amend.Reason = "别的";
        suspend.Reason = "别的";
        reinstate.Reason = "别的";
        end.Ground = EndGround.Settled;
        withdraw.Reason = "别的";
        publish.Listing.SubjectName += "二";
        foreach (var (name, send) in writes)
        {
            var failure = await RpcFailure.OfAsync(() => send());
            Assert.Equal((name, StatusCode.AlreadyExists, "REQUEST_ID_REUSED", "request_id"), (name, failure.Code, failure.Reason, failure.Field));
        }
    }

    [Fact]
    public async Task The_same_request_id_of_another_agency_or_method_is_another_request()
    {
        var one = await shared.Registry(Court).PublishListingAsync(
            new PublishListingRequest { RequestId = "same", Listing = TestListings.Create(Court, shared.Company(), "same") });
        var two = await shared.Registry("tax.a-grade").PublishListingAsync(
            new PublishListingRequest { RequestId = "same", Listing = TestListings.Create("tax.a-grade", shared.Company(), "same") });
        Assert.NotEqual(one.Listing.ListingId, two.Listing.ListingId);
        var ended = await shared.Registry(Court).EndListingAsync(new EndListingRequest
        {
            RequestId = "same",
            ListingId = one.Listing.ListingId,
            ExpectedRevision = 1,
            Reason = "r",
            Ground = EndGround.DutyDone,
        });
        Assert.Equal(ListingState.Ended, ended.Listing.State);
    }

    [Fact]
    public async Task Retries_at_the_same_time_have_one_effect()
    {
        var request = new PublishListingRequest { RequestId = shared.Id(), Listing = TestListings.Create(Court, shared.Company(), shared.Id("ref")) };
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => shared.Registry(Court).PublishListingAsync(request).ResponseAsync));
        Assert.All(answers, a => Assert.Equal(answers[0].ToByteArray(), a.ToByteArray()));
        var listed = await shared.Registry(Court).ListListingsAsync(new ListListingsRequest { Subject = request.Listing.Subject });
        Assert.Single(listed.Listings);
    }

    [Fact]
    public async Task Of_changes_at_the_same_time_one_wins_per_revision()
    {
        var listing = await shared.PublishAsync(Court, shared.Company());
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            try
            {
                await shared.Registry(Court).AmendListingAsync(new AmendListingRequest
                {
                    RequestId = shared.Id(),
                    ListingId = listing.ListingId,
                    ExpectedRevision = 1,
                    Reason = "更正",
                    Listing = new Listing { Reason = $"事由{i}" },
                    UpdateMask = new FieldMask { Paths = { "reason" } },
                });
                return "";
            }
            catch (RpcException error)
            {
                return RpcFailure.Read(error).Reason;
            }
        }));
        Assert.Single(outcomes, o => o.Length == 0);
        Assert.Equal(49, outcomes.Count(o => o == "REVISION_STALE"));
    }

    [Fact]
    public async Task Agencies_catalogues_and_links_answer_their_retries_too()
    {
        var agencies = new AgencyService.AgencyServiceClient(shared.Hub.As("security"));
        var put = new PutAgencyRequest
        {
            RequestId = shared.Id(),
            Reason = "新",
            Agency = new Agency
            {
                AgencyId = "retry-hub",
                Name = new LocalizedText { Zh = "甲", En = "A" },
                Region = "440000",
                Kind = AgencyKind.PartnerHub,
                Rights = new Rights { Scopes = { "watch" }, Recipient = RecipientKind.Partner },
            },
        };
        var added = await agencies.PutAgencyAsync(put);
        Assert.Equal(added.ToByteArray(), (await agencies.PutAgencyAsync(put)).ToByteArray());
        await shared.CheckAsync("hainan-approval", "approval.notification-commitment", shared.Company(), added.Position);
        var revoke = new RevokeAgencyRequest { RequestId = shared.Id(), AgencyId = "retry-hub", Reason = "终止" };
        var revoked = await agencies.RevokeAgencyAsync(revoke);
        Assert.True(revoked.Agency.Revoked);
        Assert.Equal(revoked.ToByteArray(), (await agencies.RevokeAgencyAsync(revoke)).ToByteArray());
        Assert.Equal(added.ToByteArray(), (await agencies.PutAgencyAsync(put)).ToByteArray());
        put.Reason = "别的";
        Assert.Equal("REQUEST_ID_REUSED", (await RpcFailure.OfAsync(agencies.PutAgencyAsync(put))).Reason);

        var market = shared.Registry("market.serious-violation");
        var link = new LinkSubjectsRequest
        {
            RequestId = shared.Id(),
            Reason = "换证",
            Link = new SubjectLink
            {
                From = shared.Person(),
                To = shared.Passport(),
                Relation = SubjectRelation.SamePerson,
                Authority = "样例机构",
                Document = "样例文书",
            },
        };
        var linked = await market.LinkSubjectsAsync(link);
        Assert.Equal(linked.ToByteArray(), (await market.LinkSubjectsAsync(link)).ToByteArray());
        var unlink = new UnlinkSubjectsRequest { RequestId = shared.Id(), LinkId = linked.Link.LinkId, Reason = "有误" };
        var unlinked = await market.UnlinkSubjectsAsync(unlink);
        Assert.Equal(unlinked.ToByteArray(), (await market.UnlinkSubjectsAsync(unlink)).ToByteArray());
        Assert.Equal(linked.ToByteArray(), (await market.LinkSubjectsAsync(link)).ToByteArray());
        link.Reason = "别的";
        Assert.Equal("REQUEST_ID_REUSED", (await RpcFailure.OfAsync(market.LinkSubjectsAsync(link))).Reason);
    }
}
