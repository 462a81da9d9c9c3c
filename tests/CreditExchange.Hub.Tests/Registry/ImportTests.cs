using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Tests.Registry;

public sealed class ImportTests(SharedHub shared) : IClassFixture<SharedHub>
{
    // Each item's error names its own record in the access log.
    private static ImportListingsResponse WithoutCall(ImportListingsResponse answer)
    {
        var rest = answer.Clone();
        if (rest.Error?.Details.FirstOrDefault(d => d.Is(Google.Rpc.RequestInfo.Descriptor)) is { } named)
        {
            rest.Error.Details.Remove(named);
        }

        return rest;
    }

    private const string Court = "court.dishonest-judgment-debtor";

    [Fact]
    public async Task Items_of_one_listing_are_applied_in_order_and_a_bad_item_fails_alone()
    {
        var (one, two) = (shared.Company(), shared.Company());
        var items = new[]
        {
            new ImportListingsRequest { RequestId = "i-1", Listing = TestListings.Create(Court, one, "i-one") },
            new ImportListingsRequest
            {
                RequestId = "i-2",
                Amend = new AmendListingRequest
                {
                    ListCode = Court, SourceRef = "i-one", Subject = one, Reason = "更正", Listing = new Listing { Reason = "另一事由" },
                    UpdateMask = new FieldMask { Paths = { "reason" } },
                },
            },
            new ImportListingsRequest
            {
                RequestId = "i-3",
                End = new EndListingRequest { ListCode = Court, SourceRef = "i-one", Subject = one, Reason = "履行", Ground = EndGround.DutyDone },
            },
            new ImportListingsRequest { RequestId = "i-4", Listing = TestListings.Create("tax.a-grade", two, "i-two") },
            new ImportListingsRequest { RequestId = "i-5", Listing = TestListings.Create(Court, new SubjectId { Kind = IdKind.Uscc, Number = "1" }, "i-bad") },
            new ImportListingsRequest { RequestId = "i-6" },
            new ImportListingsRequest { RequestId = "i-7", Listing = TestListings.Create(Court, two, "i-two") },
        };
        var first = await RunAsync(items);
        Assert.Equal(first["i-1"].ListingId, first["i-2"].ListingId);
        Assert.Equal(first["i-1"].ListingId, first["i-3"].ListingId);
        Assert.True(first["i-1"].Position < first["i-2"].Position && first["i-2"].Position < first["i-3"].Position);
        Assert.Equal("LIST_NOT_PERMITTED", RpcFailure.Read(first["i-4"].Error).Reason);
        Assert.Equal(("USCC_LENGTH", "listing.subject.number"), (RpcFailure.Read(first["i-5"].Error).Reason, RpcFailure.Read(first["i-5"].Error).Field));
        Assert.Equal(("REQUIRED", "item"), (RpcFailure.Read(first["i-6"].Error).Reason, RpcFailure.Read(first["i-6"].Error).Field));
        Assert.NotEmpty(first["i-7"].ListingId);

        // A run that was cut off is started again and doubles nothing.
        var second = await RunAsync(items);
        foreach (var (id, answer) in first)
        {
            // The first answer again, and it says so; what was refused is refused again.
            Assert.False(answer.Replayed);
            var again = answer.Clone();
            again.Replayed = answer.Error is null;
            Assert.Equal(WithoutCall(again), WithoutCall(second[id]));
        }

        var ended = await shared.Registry(Court).GetListingAsync(new GetListingRequest { ListingId = first["i-1"].ListingId });
        Assert.Equal((ListingState.Ended, 3L, "另一事由"), (ended.Listing.State, ended.Listing.Revision, ended.Listing.Reason));
    }

    [Fact]
    public async Task A_revision_that_is_stated_counts_in_an_import_too()
    {
        var listing = await shared.PublishAsync(Court, shared.Company());
        var answers = await RunAsync(
        [
            new ImportListingsRequest
            {
                RequestId = "stale",
                End = new EndListingRequest { ListingId = listing.ListingId, ExpectedRevision = 5, Reason = "r", Ground = EndGround.DutyDone },
            },
        ]);
        Assert.Equal("REVISION_STALE", RpcFailure.Read(answers["stale"].Error).Reason);
    }

    private async Task<Dictionary<string, ImportListingsResponse>> RunAsync(ImportListingsRequest[] items)
    {
        using var call = shared.Registry(Court).ImportListings();
        foreach (var item in items)
        {
            await call.RequestStream.WriteAsync(item);
        }

        await call.RequestStream.CompleteAsync();
        var answers = new Dictionary<string, ImportListingsResponse>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            answers.Add(call.ResponseStream.Current.RequestId, call.ResponseStream.Current);
        }

        Assert.Equal(items.Length, answers.Count);
        return answers;
    }
}
