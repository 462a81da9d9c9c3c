using CreditExchange.AccessLog.Reading;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Hub.Tests.AccessLogs;

/// <summary>A check that is sent again because its hub died counts once all the same.</summary>
public sealed class RepeatTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("hub-repeat-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_check_repeated_after_a_kill_counts_once_and_one_with_another_answer_names_the_first()
    {
        var (same, changing) = (Check("again-same", 1), Check("again-changing", 2));
        var hidden = Check("样例-" + TestListings.Company(3).Number, 3);
        var batch = new BatchCheckSubjectsRequest { RequestId = "again-batch", Matter = same.Matter, Purpose = same.Purpose };
        batch.Subjects.Add(Enumerable.Range(10, 5).Select(TestListings.Company));
        string[] first;
        string last;
        await using (var hub = await HubProcess.StartAsync(data))
        {
            first = await AskAsync(hub);
            // Its answer changes before the kill already, and once more behind it.
            last = (await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("p", 2))).Listing.ListingId;
            changing.MinPosition = await PositionAsync(hub);
            Assert.NotEqual(first[1], (await hub.Lookup("hainan-approval").CheckSubjectAsync(changing)).CheckId);
            await hub.KillAsync();
        }

        await using (var again = await HubProcess.StartAsync(data))
        {
            var second = await AskAsync(again);
            Assert.Equal(first.Where((_, i) => i != 1), second.Where((_, i) => i != 1));
            Assert.NotEqual(first[1], second[1]);
            await again.Registry(Writes.Court).EndListingAsync(Writes.End("e", last, 1));
            changing.MinPosition = await PositionAsync(again);
            Assert.Equal(Verdict.Clear, (await again.Lookup("hainan-approval").CheckSubjectAsync(changing)).Verdict);
            await again.KillAsync();
        }

        var checks = AccessLogReader.Read(Path.Combine(data, "access-log")).Where(e => e.Record.Verdict != Verdict.Unspecified).ToList();
        var told = checks.Where(e => e.Record.CallerRequestId == changing.RequestId).ToList();
        Assert.Equal([Verdict.Clear, Verdict.Restricted, Verdict.Clear], told.Select(e => e.Record.Verdict));
        Assert.Equal(["", first[1], first[1]], told.Select(e => e.Record.RepeatOf));
        Assert.Equal(1 + 3 + 1 + 5, checks.Count);

        async Task<string[]> AskAsync(HubProcess hub)
        {
            var lookup = hub.Lookup("hainan-approval");
            var alone = new List<string>();
            foreach (var check in (CheckSubjectRequest[])[same, changing, hidden])
            {
                alone.Add((await lookup.CheckSubjectAsync(check)).CheckId);
            }

            return [.. alone, .. (await lookup.BatchCheckSubjectsAsync(batch)).Results.Select(r => r.CheckId)];
        }
    }

    private static async Task<long> PositionAsync(HubProcess hub) => (long)await hub.MetricAsync("creditexchange_ledger_position");

    private static CheckSubjectRequest Check(string requestId, int seed)
    {
        var check = Writes.Check(TestListings.Company(seed));
        check.RequestId = requestId;
        return check;
    }
}
