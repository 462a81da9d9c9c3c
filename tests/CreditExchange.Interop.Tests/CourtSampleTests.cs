using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Interop.Tests;

public sealed class CourtSampleTests
{
    private const string Folder = "interop-samples/court-python";

    [Fact]
    public async Task The_court_in_Python_publishes_amends_and_ends_a_listing_and_the_ledger_has_it_once()
    {
        await using var hub = await HubServer.StartAsync();
        _ = (Repository.Python, Repository.Protoc);
        var (made, complaint) = await ChildProcess.RunAsync(Folder, HubVariables.None, null, "/bin/sh", "generate.sh");
        Assert.True(made == 0, complaint);

        var (code, text) = await ChildProcess.RunAsync(Folder, HubVariables.Of(hub), null, Repository.Python, "court.py", "case-7");
        Assert.True(code == 0, text);
        Assert.Contains("refused INVALID_ARGUMENT USCC_CHECK_DIGIT listing.subject.number", text, StringComparison.Ordinal);
        Assert.Contains("统一社会信用代码校验位不符", text, StringComparison.Ordinal);
        Assert.Contains("retried: the first answer again", text, StringComparison.Ordinal);
        Assert.Contains("amended （2025）琼01执12号 revision 2", text, StringComparison.Ordinal);
        Assert.Contains("ended LISTING_STATE_ENDED revision 3", text, StringComparison.Ordinal);

        var events = await EventsOf(hub);
        Assert.Equal([EventKind.Published, EventKind.Amended, EventKind.Ended], events.Select(e => e.Kind));
        var last = events[^1];
        Assert.Equal("hainan-high-court", last.Actor);
        var stored = (await hub.Registry("hainan-high-court").GetListingAsync(
            new GetListingRequest { ListingId = last.Listing.ListingId })).Listing;
        Assert.Equal((ListingState.Ended, 3L, EndGround.DutyDone), (stored.State, stored.Revision, stored.Ending.Ground));
        Assert.Equal(("case-7", "（2025）琼01执12号"), (stored.SourceRef, stored.Document.Number));
        Assert.DoesNotContain(hub.Log, line => line.Contains(stored.Subject.Number, StringComparison.Ordinal));
        Assert.DoesNotContain(stored.Subject.Number, text, StringComparison.Ordinal);

        // The whole program again is a retry too: nothing new is recorded.
        var (again, retried) = await ChildProcess.RunAsync(Folder, HubVariables.Of(hub), null, Repository.Python, "court.py", "case-7");
        Assert.True(again == 0, retried);
        Assert.Equal(text, retried);
        Assert.Equal(3, (await EventsOf(hub)).Count);
    }

    private static async Task<List<LedgerEvent>> EventsOf(HubServer hub)
    {
        var events = new List<LedgerEvent>();
        using var watch = hub.Updates("hainan-high-court").WatchUpdates(
            new WatchUpdatesRequest { FromPosition = 1, ListCodes = { "court.dishonest-judgment-debtor" } });
        while (await watch.ResponseStream.MoveNext(CancellationToken.None) && watch.ResponseStream.Current.Event is { } told)
        {
            events.Add(told);
        }

        return events;
    }
}
