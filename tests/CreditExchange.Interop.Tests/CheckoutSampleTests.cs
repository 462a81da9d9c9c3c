using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Interop.Tests;

public sealed class CheckoutSampleTests
{
    private const string Folder = "interop-samples/checkout-node";
    private const string Ready = "node_modules is there after tests/run.sh, or: npm ci --prefix interop-samples/checkout-node";

    [Fact]
    public async Task The_checkout_in_Node_sells_refuses_and_asks_the_clerk_as_the_consequences_say()
    {
        await using var hub = await HubServer.StartAsync();
        var (free, listed) = (TestListings.Person(1), TestListings.Person(2));
        await hub.Registry("haikou-customs").PublishListingAsync(new PublishListingRequest
        {
            RequestId = "ban-1",
            Listing = TestListings.Create("customs.dutyfree-ban", listed, "ban-1"),
        });
        // A judgment debtor is no matter of the counter's.
        await hub.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest
        {
            RequestId = "debtor-1",
            Listing = TestListings.Create("court.dishonest-judgment-debtor", free, "debtor-1"),
        });

        var lines = await CheckAsync(HubVariables.Of(hub), $"RESIDENT_ID:{free.Number}\nRESIDENT_ID:{listed.Number}\nRESIDENT_ID:460100199001010010\n");
        Assert.Equal("policy without an answer: ON_UNAVAILABLE_ALLOW_AND_REPORT", lines[0]);
        Assert.StartsWith("customer 1: SELL | VERDICT_CLEAR check ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("customer 2: NO DUTY-FREE SALE | 三年内不能享受免税购物政策", lines[2], StringComparison.Ordinal);
        // A counter is told what to do, not why.
        Assert.EndsWith("position 15 matches 0", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("customer 3: ASK THE CLERK | ", lines[3], StringComparison.Ordinal);
        Assert.EndsWith("INVALID_ARGUMENT", lines[3], StringComparison.Ordinal);
        Assert.DoesNotContain(listed.Number, string.Join('\n', lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkout_that_never_reached_the_hub_does_not_sell()
    {
        await using var hub = await HubServer.StartAsync();
        var nowhere = HubVariables.Of(hub);
        nowhere["CREDITEXCHANGE_ADDRESS"] = "127.0.0.1:1";
        var lines = await CheckAsync(nowhere, $"RESIDENT_ID:{TestListings.Person(1).Number}\n");
        Assert.StartsWith("customer 1: NO DUTY-FREE SALE | no answer from the hub", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_consumer_in_Node_resumes_after_a_break_and_misses_and_repeats_nothing()
    {
        var first = await HubServer.StartAsync();
        var head = (await Publish(first, "before", 1)).Listing.Position;
        var port = new Uri(first.GrpcAddress).Port;
        Need();
        using var consumer = ChildProcess.Start(
            Folder, HubVariables.Of(first), null, Repository.Node, "follow.js", "1", $"{head + 2}");
        await consumer.LineAsync(line => line.StartsWith($"{head} EVENT_KIND_PUBLISHED", StringComparison.Ordinal));

        await first.StopAsync();
        await consumer.LineAsync(line => line == $"stream broke (UNAVAILABLE); resuming at {head + 1}");
        await using var second = await HubServer.StartAsync(first.Data, null, $"GrpcPort={port}");
        var listing = (await Publish(second, "after", 2)).Listing;
        await second.Registry("hainan-high-court").EndListingAsync(new EndListingRequest
        {
            RequestId = "end",
            ListingId = listing.ListingId,
            ExpectedRevision = 1,
            Reason = "履行完毕",
            Ground = EndGround.DutyDone,
        });

        Assert.True(await consumer.ExitAsync() == 0, consumer.Text);
        var positions = consumer.Text.Split('\n').Where(line => line.Length > 0 && char.IsAsciiDigit(line[0]))
            .Select(line => long.Parse(line.Split(' ')[0], null)).ToList();
        Assert.Equal(Enumerable.Range(1, (int)head + 2).Select(i => (long)i), positions);
        Assert.Contains($"{head + 2} EVENT_KIND_ENDED court.dishonest-judgment-debtor {listing.ListingId}", consumer.Text, StringComparison.Ordinal);

        static async Task<PublishListingResponse> Publish(HubServer server, string key, int seed) =>
            await server.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest
            {
                RequestId = key,
                Listing = TestListings.Create("court.dishonest-judgment-debtor", TestListings.Company(seed), key),
            });
    }

    private static async Task<string[]> CheckAsync(Dictionary<string, string?> variables, string numbers)
    {
        Need();
        var (code, text) = await ChildProcess.RunAsync(Folder, variables, numbers, Repository.Node, "checkout.js");
        Assert.True(code == 0, text);
        return text.TrimEnd().Split('\n');
    }

    private static void Need() => Assert.True(Directory.Exists(Repository.PathOf($"{Folder}/node_modules/@grpc")), Ready);
}
