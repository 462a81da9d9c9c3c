using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Updates;

public sealed class ListingOutlineTests
{
    [Fact]
    public async Task An_outline_says_what_the_parsed_open_part_says()
    {
        await using var hub = await HubServer.StartAsync();
        foreach (var (publisher, sample) in SampleListings.Generate(5, 60, LegalDay.Of(TimeProvider.System.GetUtcNow())).Select(s => (s.Publisher, s.Listing)))
        {
            await hub.Registry(publisher).PublishListingAsync(new PublishListingRequest { RequestId = sample.SourceRef, Listing = sample });
        }

        var ledger = hub.Services.GetRequiredService<ILedger>();
        var (listings, organisations) = (0, 0);
        foreach (var stored in ledger.Read(1, 2_000))
        {
            var parsed = ledger.OpenPart(stored).Listing;
            Assert.Equal(parsed is not null, ListingOutline.TryRead(stored, out var outline));
            if (parsed is null)
            {
                continue;
            }

            listings++;
            organisations += outline.SubjectKind is null ? 0 : 1;
            Assert.Equal(parsed.ListCode, outline.ListCode);
            Assert.Equal(parsed.Origin.Region, outline.Region);
            Assert.Equal(parsed.Origin.Agency, outline.Agency);
            Assert.Equal(parsed.State, outline.State);
            Assert.Equal(parsed.Subject?.Kind, outline.SubjectKind);
        }

        Assert.Equal(60, listings);
        Assert.InRange(organisations, 1, 59);
    }
}
