using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Registry;

public sealed class PagingTests(SharedHub shared) : IClassFixture<SharedHub>
{
    [Fact]
    public async Task Pages_of_every_size_hold_all_that_the_filter_takes_once_and_in_order()
    {
        var expected = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            var listing = await shared.PublishAsync("commitment.false", shared.Company());
            await shared.PublishAsync("market.abnormal-operation", shared.Company());
            if (i % 3 == 0)
            {
                await shared.EndAsync(listing);
            }
            else
            {
                expected.Add(listing.ListingId);
            }
        }

        foreach (var size in new[] { 1, 2, expected.Count - 1, expected.Count, expected.Count + 1, 1000, 5000, 0 })
        {
            var seen = new List<string>();
            var token = "";
            do
            {
                var page = await ListAsync("hainan-approval", size, token);
                Assert.True(size == 0 || page.Listings.Count <= size);
                Assert.All(page.Listings, l => Assert.Equal(("commitment.false", ListingState.Active), (l.ListCode, l.State)));
                seen.AddRange(page.Listings.Select(l => l.ListingId));
                token = page.NextPageToken;
            }
            while (token.Length > 0);
            Assert.Equal(expected, seen);
        }

        var first = await ListAsync("hainan-approval", 1, "");
        foreach (var wrong in new[] { first.NextPageToken[..^1] + "!", "x", new string('A', 22), new string('A', 5000) })
        {
            var failure = await RpcFailure.OfAsync(() => ListAsync("hainan-approval", 1, wrong));
            Assert.Equal((StatusCode.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"), (failure.Code, failure.Reason, failure.Field));
        }

        Assert.Equal("PAGE_TOKEN_INVALID", (await RpcFailure.OfAsync(() => ListAsync("hainan-tax", 1, first.NextPageToken))).Reason);
        var otherFilter = await RpcFailure.OfAsync(shared.Hub.Registry("hainan-approval").ListListingsAsync(
            new ListListingsRequest { ListCode = "commitment.false", PageToken = first.NextPageToken }));
        Assert.Equal("PAGE_TOKEN_INVALID", otherFilter.Reason);
        Assert.Equal("page_size", (await RpcFailure.OfAsync(() => ListAsync("hainan-tax", -1, ""))).Field);

        async Task<ListListingsResponse> ListAsync(string agency, int size, string token) =>
            await shared.Hub.Registry(agency).ListListingsAsync(new ListListingsRequest
            {
                ListCode = "commitment.false",
                States = { ListingState.Active },
                PageSize = size,
                PageToken = token,
            });
    }

    [Fact]
    public async Task Listings_of_a_subject_are_found_by_any_of_its_ids_as_the_caller_may_see_them()
    {
        var (company, other) = (shared.Company(), shared.Company());
        var listing = await shared.PublishAsync("market.serious-violation", company, l => l.OtherIds.Add(other));
        var tax = await shared.PublishAsync("tax.a-grade", company);
        await shared.CheckAsync("hainan-approval", "approval.notification-commitment", company, tax.Position);
        var all = await ListAsync(company);
        Assert.Equal([listing.ListingId, tax.ListingId], all.Select(l => l.ListingId));
        Assert.Empty(all[1].OtherIds);
        Assert.Equal([listing.ListingId], (await ListAsync(other)).Select(l => l.ListingId));
        Assert.Empty(await ListAsync(shared.Company()));
        var bad = await RpcFailure.OfAsync(() => ListAsync(new SubjectId { Kind = IdKind.Uscc, Number = "1" }));
        Assert.Equal(("USCC_LENGTH", "subject.number"), (bad.Reason, bad.Field));
        var unknown = await RpcFailure.OfAsync(shared.Hub.Registry("hainan-tax").ListListingsAsync(new ListListingsRequest { ListCode = "no.such" }));
        Assert.Equal(("LIST_UNKNOWN", "list_code"), (unknown.Reason, unknown.Field));

        async Task<IList<Listing>> ListAsync(SubjectId subject) =>
            (await shared.Hub.Registry("hainan-market-regulation").ListListingsAsync(new ListListingsRequest { Subject = subject })).Listings;
    }
}
