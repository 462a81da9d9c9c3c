using CreditExchange.Domain.Verdicts;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Lookup;

public sealed class OpenPartReaderTests
{
    [Fact]
    public async Task What_the_views_read_of_an_open_part_gives_the_same_facts_as_the_whole_part()
    {
        await using var hub = await HubServer.StartAsync(settings: "SampleListings=300");
        var ledger = hub.Services.GetRequiredService<ILedger>();
        MeasureFact[] none = [];
        var compared = 0;
        foreach (var row in ledger.ReadState(0, 1_000))
        {
            var whole = ledger.OpenPart(row.Event);
            if (whole.BodyCase != LedgerEvent.BodyOneofCase.Listing)
            {
                Assert.Null(OpenPartReader.ReadListing(row.Event));
                continue;
            }

            var read = OpenPartReader.ReadListing(row.Event)!;
            var (expected, actual) = (Fact(row, whole.Listing), Fact(row, read.Listing));
            Assert.Equal(expected.Measures, actual.Measures);
            Assert.Equal(expected with { Measures = none }, actual with { Measures = none });
            compared++;
        }

        Assert.Equal(300, compared);
    }

    private static ListingFact Fact(StateRow row, Listing listing) => ListingFacts.From(row.Entity, listing);
}
