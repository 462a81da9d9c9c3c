using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>A hub that comes back answers as before.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task Checks_of_500_subjects_and_the_whole_stream_are_equal_before_and_after_a_restart()
    {
        var hub = await HubServer.StartAsync(settings: "SampleListings=1000");
        var samples = SampleListings.Generate(2021, 1_000, LegalDay.Of(TimeProvider.System.GetUtcNow())).Select(s => s.Listing.Subject);
        SubjectId[] subjects =
        [
            .. samples.DistinctBy(s => (s.Kind, s.Issuer, s.Number)).Take(400),
            .. Enumerable.Range(0, 100).Select(TestListings.Company),
        ];
        var registry = hub.Registry(Writes.Court);
        for (var i = 0; i < 60; i++)
        {
            var listing = (await registry.PublishListingAsync(Writes.Publish($"mine-{i}", i))).Listing;
            Task change = (i % 3) switch
            {
                0 => registry.EndListingAsync(Writes.End($"end-{i}", listing.ListingId, 1)).ResponseAsync,
                1 => registry.AmendListingAsync(Writes.Amend($"amend-{i}", listing.ListingId, 1)).ResponseAsync,
                _ => registry.SuspendListingAsync(new SuspendListingRequest
                {
                    RequestId = $"pause-{i}",
                    ListingId = listing.ListingId,
                    ExpectedRevision = 1,
                    Reason = "复核",
                }).ResponseAsync,
            };
            await change;
        }

        var before = await AnswersAsync(hub, subjects);
        var events = await EventsAsync(hub);
        Assert.Contains(before, a => a.Verdict == Verdict.Restricted);
        Assert.Contains(before, a => a.Verdict == Verdict.Clear);
        await hub.StopAsync();
        await using var again = await HubServer.StartAsync(hub.Data);
        Assert.Equal(before, await AnswersAsync(again, subjects));
        Assert.Equal(events, await EventsAsync(again));
    }

    private static async Task<List<BatchCheckResult>> AnswersAsync(HubServer hub, SubjectId[] subjects)
    {
        var check = Writes.Check(subjects[0]);
        var request = new BatchCheckSubjectsRequest
        {
            Matter = check.Matter,
            Purpose = check.Purpose,
            Subjects = { subjects },
            MaxStaleness = new Google.Protobuf.WellKnownTypes.Duration(),
        };
        var response = await hub.Lookup("hainan-approval").BatchCheckSubjectsAsync(request);
        foreach (var result in response.Results)
        {
            Assert.Null(result.Error);
            result.CheckId = "";
        }

        return [.. response.Results];
    }

    private static async Task<List<LedgerEvent>> EventsAsync(HubServer hub)
    {
        var head = hub.Services.GetRequiredService<ILedger>().Head;
        using var call = hub.Updates(Writes.Court).WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        var events = new List<LedgerEvent>();
        while (events.Count < head && await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (call.ResponseStream.Current.Event is { } e)
            {
                events.Add(e);
            }
        }

        return events;
    }
}
