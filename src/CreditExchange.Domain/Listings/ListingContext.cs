using CreditExchange.Domain.Catalogues;
using CreditExchange.V1;

namespace CreditExchange.Domain.Listings;

/// <summary>What a listing's rules look at beside the listing.</summary>
/// <param name="Catalogue">The catalogue in force.</param>
/// <param name="Actor">The agency that acts; for the clock's own events the publishing agency or the hub.</param>
/// <param name="Now">The time of the event.</param>
public sealed record ListingContext(CatalogueIndex Catalogue, Agency Actor, DateTimeOffset Now)
{
    /// <summary>The legal day of the event, Asia/Shanghai.</summary>
    public DateOnly Today => LegalDay.Of(Now);
}
