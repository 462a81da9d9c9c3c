using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Updates;

public sealed class ListingOutlineTests
{
    [Fact]
    public async Task An_outline_says_what_the_parsed_open_part_says()
    {
        await using var hub = await HubServer.StartAsync(settings: "--SampleListings=400");
        var ledger = hub.Services.GetRequiredService<ILedger>();
        var listings = 0;
        foreach (var stored in ledger.Read(1, 2_000))
        {
            var parsed = ledger.OpenPart(stored).Listing;
            Assert.Equal(parsed is not null, ListingOutline.TryRead(stored, out var outline));
            if (parsed is null)
            {
                continue;
            }

            listings++;
            Assert.Equal(parsed.ListCode, outline.ListCode);
            Assert.Equal(parsed.Origin.Region, outline.Region);
            Assert.Equal(parsed.Origin.Agency, outline.Agency);
            Assert.Equal(parsed.State, outline.State);
            Assert.Equal(parsed.Subject?.Kind, outline.SubjectKind);
        }

        Assert.True(listings >= 400, $"{listings} listings");
    }
}
