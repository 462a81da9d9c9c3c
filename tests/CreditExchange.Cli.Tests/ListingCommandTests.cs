using System.Text.Json;
using CreditExchange.Cli.Errors;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Cli.Tests;

public sealed class ListingCommandTests(RealHub hub) : IClassFixture<RealHub>
{
    private const string Court = "hainan-high-court";
    private const string CourtList = "court.dishonest-judgment-debtor";

    [Fact]
    public async Task Get_tells_one_listing_as_the_caller_may_see_it()
    {
        var listing = await PublishAsync("get", TestListings.Person(1));
        var own = await hub.CxAsync("zh", "listing", "get", listing.ListingId, "--as", Court);
        Assert.Equal((ExitCode.Done, ""), (own.Exit, own.Error));
        Assert.Equal(listing, JsonParser.Default.Parse<Listing>(own.Out));
        var other = await hub.CxAsync("en", "listing", "get", listing.ListingId, "--json");
        Assert.Equal(ExitCode.Done, other.Exit);
        Assert.Equal(listing.ListingId, JsonParser.Default.Parse<Listing>(other.Out).ListingId);
    }

    [Fact]
    public async Task List_tells_listings_by_list_and_state_up_to_a_limit()
    {
        var first = await PublishAsync("list-1", TestListings.Company(2));
        var second = await PublishAsync("list-2", TestListings.Company(3));
        await hub.Hub.Registry(Court).SuspendListingAsync(new SuspendListingRequest
        {
            RequestId = "suspend",
            ListingId = second.ListingId,
            ExpectedRevision = 1,
            Reason = "复核",
        });
        var all = await ListAsync("--list", CourtList);
        Assert.Contains(all, r => r[0] == first.ListingId && r[1] == CourtList && r[2] == "Active" && r[3] == "1");
        Assert.Contains(all, r => r[0] == second.ListingId && r[2] == "Suspended" && r[3] == "2");
        var suspended = await ListAsync("--state", "suspended", "--as", Court);
        Assert.Equal(second.ListingId, Assert.Single(suspended)[0]);
        Assert.Single(await ListAsync("--limit", "1"));
        Assert.Empty(await ListAsync("--list", "tax.a-grade"));
        var json = await hub.CxAsync("zh", "listing", "list", "--state", "suspended", "--json", "--as", Court);
        Assert.Equal(second.ListingId, JsonParser.Default.Parse<Listing>(json.Out).ListingId);
    }

    [Fact]
    public async Task What_the_hub_refuses_ends_with_its_code()
    {
        await hub.FailsAsync(ExitCode.Other, "LISTING_NOT_FOUND", "listing", "get", "00000000000000000000000000");
        await hub.FailsAsync(ExitCode.Other, "LIST_UNKNOWN", "listing", "list", "--list", "no.such-list");
        await hub.FailsAsync(ExitCode.Usage, "USAGE", "listing", "list", "--state", "asleep");
        await hub.FailsAsync(ExitCode.Usage, "USAGE", "listing", "get");
        await hub.FailsAsync(ExitCode.Refused, "SCOPE_MISSING", "listing", "list", "--as", "operator");
    }

    [Fact]
    public async Task Hold_lift_and_erase_need_the_agency_that_they_act_for_and_work_as_the_publisher()
    {
        var listing = await PublishAsync("hold", TestListings.Person(8));
        string[] ground = ["--reason", "诉讼", "--authority", "测试法院", "--document", "保全1号"];
        await hub.FailsAsync(ExitCode.Usage, "AGENCY_REQUIRED", ["listing", "hold", listing.ListingId, .. ground]);
        await hub.FailsAsync(ExitCode.Usage, "AGENCY_REQUIRED", ["listing", "lift", listing.ListingId, .. ground]);
        await hub.FailsAsync(ExitCode.Usage, "AGENCY_REQUIRED", "listing", "erase", listing.ListingId, "--revision", "1", "--reason", "期满");
        foreach (var word in (string[])["hold", "lift"])
        {
            var done = await hub.CxAsync("en", ["listing", word, listing.ListingId, .. ground, "--as", Court]);
            Assert.Equal((ExitCode.Done, ""), (done.Exit, done.Error));
        }

        // A token in a file says who it is.
        var token = Path.Combine(hub.Hub.Data, "tokens", Court + ".jwt");
        var held = await hub.CxAsync("en", ["listing", "hold", listing.ListingId, .. ground, "--token-file", token]);
        Assert.Equal((ExitCode.Done, ""), (held.Exit, held.Error));
        await hub.FailsAsync(
            ExitCode.Other, "STATE_NOT_ALLOWED", "listing", "erase", listing.ListingId, "--revision", "1", "--reason", "期满", "--as", Court);
    }

    [Fact]
    public async Task An_import_that_is_run_again_says_what_was_already_there()
    {
        using var folder = new TemporaryFolder();
        var rows = Enumerable.Range(10, 5).Select(i =>
        {
            var listing = TestListings.Create(CourtList, TestListings.Company(i), $"row-{i}");
            return Commands.Invocation.Formatter.Format(listing);
        }).ToList();
        var file = folder.File("rows.ndjson", string.Join('\n', rows[..3]));
        var first = await hub.CxAsync("en", "import", file, "--as", Court);
        Assert.Equal(ExitCode.Done, first.Exit);
        Assert.DoesNotContain("already there", first.Out, StringComparison.Ordinal);

        // Two rows were added since.
        File.WriteAllText(file, string.Join('\n', rows));
        var second = await hub.CxAsync("zh", "import", file, "--as", Court, "--json");
        using (var summary = JsonDocument.Parse(second.Out))
        {
            Assert.Equal(5, summary.RootElement.GetProperty("accepted").GetInt64());
            Assert.Equal(3, summary.RootElement.GetProperty("already_there").GetInt64());
        }

        Assert.Contains("5 of them already there", (await hub.CxAsync("en", "import", file, "--as", Court)).Out, StringComparison.Ordinal);
        Assert.Contains("其中 5 行此前已在库中", (await hub.CxAsync("zh", "import", file, "--as", Court)).Out, StringComparison.Ordinal);
    }

    private async Task<List<string[]>> ListAsync(params string[] words)
    {
        var listed = await hub.CxAsync("en", ["listing", "list", .. words]);
        Assert.Equal((ExitCode.Done, ""), (listed.Exit, listed.Error));
        return [.. listed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => l.Split('\t'))];
    }

    private async Task<Listing> PublishAsync(string id, SubjectId subject) =>
        (await hub.Hub.Registry(Court).PublishListingAsync(
            new PublishListingRequest { RequestId = id, Listing = TestListings.Create(CourtList, subject, id) })).Listing;
}
