using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Registry;

public sealed class LifeCycleTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private const string Court = "court.dishonest-judgment-debtor";

    private static readonly (string Name, ListingState[] From, ListingState To)[] Operations =
    [
        ("amend", [ListingState.Active, ListingState.Suspended], ListingState.Unspecified),
        ("suspend", [ListingState.Active], ListingState.Suspended),
        ("reinstate", [ListingState.Suspended], ListingState.Active),
        ("withdraw", [ListingState.Active, ListingState.Suspended], ListingState.Withdrawn),
        ("end", [ListingState.Active, ListingState.Suspended], ListingState.Ended),
        ("repair", [ListingState.Active, ListingState.Suspended], ListingState.Repaired),
    ];

    private RegistryService.RegistryServiceClient Registry => shared.Registry(Court);

    public static TheoryData<ListingState, string, bool> Orders
    {
        get
        {
            var data = new TheoryData<ListingState, string, bool>();
            foreach (var state in new[] { ListingState.Active, ListingState.Suspended, ListingState.Withdrawn, ListingState.Ended, ListingState.Repaired })
            {
                foreach (var operation in Operations)
                {
                    data.Add(state, operation.Name, false);
                    data.Add(state, operation.Name, true);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task An_operation_leads_where_the_table_says_or_is_refused(ListingState state, string name, bool bySource)
    {
        var operation = Operations.Single(o => o.Name == name);
        var listing = await shared.PublishAsync(Court, shared.Company());
        var way = Operations.FirstOrDefault(o => o.To == state && o.Name != "reinstate").Name;
        if (way is not null)
        {
            listing = await ChangeAsync(way, listing, bySource: false);
        }

        Assert.Equal(state, listing.State);
        if (operation.From.Contains(state))
        {
            var after = await ChangeAsync(name, listing, bySource);
            Assert.Equal(operation.To == ListingState.Unspecified ? state : operation.To, after.State);
            Assert.Equal(listing.Revision + 1, after.Revision);
            Assert.True(after.Position > listing.Position);
            Assert.Equal(listing.ListingId, after.ListingId);
            return;
        }

        // A final listing gives its source_ref free, so by that it can't be found any more.
        var failure = await RpcFailure.OfAsync(() => ChangeAsync(name, listing, bySource));
        var gone = bySource && state is not (ListingState.Active or ListingState.Suspended);
        Assert.Contains(failure.Reason, gone ? new[] { "STATE_NOT_ALLOWED", "LISTING_NOT_FOUND" } : ["STATE_NOT_ALLOWED"]);
    }

    [Fact]
    public async Task Every_change_needs_the_revision_last_seen()
    {
        var listing = await shared.PublishAsync(Court, shared.Company());
        listing = await ChangeAsync("amend", listing, bySource: false);
        foreach (var operation in Operations)
        {
            foreach (var (revision, code, reason) in new[]
            {
                (0L, StatusCode.InvalidArgument, "REVISION_REQUIRED"), (-1L, StatusCode.InvalidArgument, "REVISION_REQUIRED"),
                (1L, StatusCode.Aborted, "REVISION_STALE"), (3L, StatusCode.Aborted, "REVISION_STALE"),
            })
            {
                var wrong = listing.Clone();
                wrong.Revision = revision;
                var failure = await RpcFailure.OfAsync(() => ChangeAsync(operation.Name, wrong, bySource: false));
                Assert.Equal((operation.Name, code, reason, "expected_revision"), (operation.Name, failure.Code, failure.Reason, failure.Field));
                if (reason == "REVISION_STALE")
                {
                    Assert.Equal("2", failure.Facts["actual"]);
                }
            }
        }
    }

    [Fact]
    public async Task An_amendment_changes_what_its_mask_names_and_nothing_else()
    {
        var listing = await shared.PublishAsync(Court, shared.Company());
        var amended = (await Registry.AmendListingAsync(new AmendListingRequest
        {
            RequestId = shared.Id(),
            ListingId = listing.ListingId,
            ExpectedRevision = 1,
            Reason = "更正文书号",
            Listing = new Listing { Document = new DecisionDocument { Number = "（2025）琼0105执2号" }, SubjectName = "不在范围内" },
            UpdateMask = new FieldMask { Paths = { "document.number" } },
        })).Listing;
        Assert.Equal("（2025）琼0105执2号", amended.Document.Number);
        Assert.Equal(listing.Document.Authority, amended.Document.Authority);
        Assert.Equal(listing.SubjectName, amended.SubjectName);
        foreach (var (path, reason) in new[]
        {
            ("subject", "SUBJECT_IMMUTABLE"), ("list_code", "SUBJECT_IMMUTABLE"), ("source_ref", "SUBJECT_IMMUTABLE"), ("state", "UPDATE_MASK"),
            ("revision", "UPDATE_MASK"), ("nonsense", "UPDATE_MASK"), ("document.nonsense", "UPDATE_MASK"), ("*", "UPDATE_MASK"), ("", "UPDATE_MASK"),
        })
        {
            var failure = await RpcFailure.OfAsync(Registry.AmendListingAsync(new AmendListingRequest
            {
                RequestId = shared.Id(),
                ListingId = listing.ListingId,
                ExpectedRevision = 2,
                Reason = "r",
                Listing = new Listing { Subject = shared.Company() },
                UpdateMask = new FieldMask { Paths = { path } },
            }));
            Assert.Equal((StatusCode.InvalidArgument, reason), (failure.Code, failure.Reason));
        }

        var none = await RpcFailure.OfAsync(Registry.AmendListingAsync(new AmendListingRequest
        {
            RequestId = shared.Id(),
            ListingId = listing.ListingId,
            ExpectedRevision = 2,
            Reason = "r",
            Listing = new Listing(),
        }));
        Assert.Equal("UPDATE_MASK", none.Reason);
    }

    [Theory]
    [InlineData(EndGround.Unspecified, "ENUM_INVALID")]
    [InlineData((EndGround)55, "ENUM_INVALID")]
    [InlineData(EndGround.Term, "GROUND_NOT_ALLOWED")]
    [InlineData(EndGround.Wrong, "GROUND_NOT_ALLOWED")]
    public async Task A_ground_that_is_not_the_lists_is_refused(EndGround ground, string reason)
    {
        var listing = await shared.PublishAsync(Court, shared.Company());
        Assert.Equal(reason, (await RpcFailure.OfAsync(() => shared.EndAsync(listing, ground))).Reason);
    }

    [Fact]
    public async Task An_end_is_not_ahead_and_not_before_the_decision()
    {
        var listing = await shared.PublishAsync(Court, shared.Company());
        foreach (var day in new[] { "2999-01-01", "2025-06-01", "1900-01-01" })
        {
            var failure = await RpcFailure.OfAsync(Registry.EndListingAsync(new EndListingRequest
            {
                RequestId = shared.Id(),
                ListingId = listing.ListingId,
                ExpectedRevision = 1,
                Reason = "r",
                Ground = EndGround.DutyDone,
                EndedOn = day,
            }));
            Assert.Equal(("DATE_IMPOSSIBLE", "ended_on"), (failure.Reason, failure.Field));
        }
    }

    [Fact]
    public async Task Another_agencys_listing_and_forged_ids_are_not_found()
    {
        var listing = await shared.PublishAsync(Court, shared.Company());
        var tax = shared.Registry("tax.major-violation");
        var prefix = listing.ListingId[..(listing.ListingId.IndexOf('-', StringComparison.Ordinal) + 1)];
        foreach (var id in new[] { listing.ListingId, "x", prefix, prefix + "0", prefix + "-1", prefix + "01", prefix + "999999999999", prefix + "9223372036854775808", prefix + "1" })
        {
            var failure = await RpcFailure.OfAsync(tax.EndListingAsync(new EndListingRequest
            {
                RequestId = shared.Id(),
                ListingId = id,
                ExpectedRevision = 1,
                Reason = "r",
                Ground = EndGround.DutyDone,
            }));
            Assert.Equal((id, StatusCode.NotFound, "LISTING_NOT_FOUND"), (id, failure.Code, failure.Reason));
            var withdraw = await RpcFailure.OfAsync(tax.WithdrawListingAsync(new WithdrawListingRequest
            {
                RequestId = shared.Id(),
                ListingId = id,
                ExpectedRevision = 1,
                Reason = "r",
            }));
            Assert.Equal((StatusCode.NotFound, "LISTING_NOT_FOUND"), (withdraw.Code, withdraw.Reason));
            if (id != listing.ListingId)
            {
                Assert.Equal("LISTING_NOT_FOUND", (await RpcFailure.OfAsync(tax.GetListingAsync(new GetListingRequest { ListingId = id }))).Reason);
            }
        }

        // By the other agency's own key it is nobody's.
        var byKey = await RpcFailure.OfAsync(tax.GetListingAsync(
            new GetListingRequest { ListCode = Court, SourceRef = listing.SourceRef, Subject = listing.Subject }));
        Assert.Equal("LISTING_NOT_FOUND", byKey.Reason);
        Assert.Equal("REQUIRED", (await RpcFailure.OfAsync(tax.GetListingAsync(new GetListingRequest()))).Reason);
    }

    [Fact]
    public async Task The_publisher_sees_an_ended_listing_whole_and_another_agency_no_number_of_it()
    {
        var listing = await shared.EndAsync(await shared.PublishAsync(Court, shared.Person()));
        var own = (await Registry.GetListingAsync(new GetListingRequest { ListingId = listing.ListingId })).Listing;
        Assert.Equal(listing.ToByteArray(), own.ToByteArray());
        var other = (await shared.Registry("tax.a-grade").GetListingAsync(new GetListingRequest { ListingId = listing.ListingId })).Listing;
        Assert.Equal(ListingState.Ended, other.State);
        Assert.Null(other.Subject);
        Assert.Equal("hainan-tax", other.SubjectToken.Audience);
        Assert.Empty(other.SubjectName);
        Assert.Empty(other.Reason);
    }

    private async Task<Listing> ChangeAsync(string name, Listing l, bool bySource)
    {
        var (id, list, source, subject) = bySource ? ("", l.ListCode, l.SourceRef, l.Subject) : (l.ListingId, "", "", null);
        return name switch
        {
            "amend" => (await Registry.AmendListingAsync(new AmendListingRequest
            {
                RequestId = shared.Id(),
                ListingId = id,
                ListCode = list,
                SourceRef = source,
                Subject = subject,
                ExpectedRevision = l.Revision,
                Reason = "更正",
                Listing = new Listing { Reason = "有履行能力而拒不履行" },
                UpdateMask = new FieldMask { Paths = { "reason" } },
            })).Listing,
            "suspend" => (await Registry.SuspendListingAsync(new SuspendListingRequest
            {
                RequestId = shared.Id(),
                ListingId = id,
                ListCode = list,
                SourceRef = source,
                Subject = subject,
                ExpectedRevision = l.Revision,
                Reason = "中止",
            })).Listing,
            "reinstate" => (await Registry.ReinstateListingAsync(new ReinstateListingRequest
            {
                RequestId = shared.Id(),
                ListingId = id,
                ListCode = list,
                SourceRef = source,
                Subject = subject,
                ExpectedRevision = l.Revision,
                Reason = "恢复",
            })).Listing,
            "withdraw" => (await Registry.WithdrawListingAsync(new WithdrawListingRequest
            {
                RequestId = shared.Id(),
                ListingId = id,
                ListCode = list,
                SourceRef = source,
                Subject = subject,
                ExpectedRevision = l.Revision,
                Reason = "认定有误",
            })).Listing,
            _ => (await Registry.EndListingAsync(new EndListingRequest
            {
                RequestId = shared.Id(),
                ListingId = id,
                ListCode = list,
                SourceRef = source,
                Subject = subject,
                ExpectedRevision = l.Revision,
                Reason = "结束",
                Ground = name == "repair" ? EndGround.Repair : EndGround.Settled,
            })).Listing,
        };
    }
}
