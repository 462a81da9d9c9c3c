using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Masks;

namespace CreditExchange.Lookup;

/// <summary>A catalogue with the masks that follow from it.</summary>
/// <param name="Index">The catalogue.</param>
/// <param name="Masks">Its field mask.</param>
/// <param name="Events">The same for events.</param>
/// <param name="Position">Position of its activation.</param>
internal sealed record CatalogueInForce(CatalogueIndex Index, FieldMaskTable Masks, MaskedEvents Events, long Position)
{
    public static CatalogueInForce Of(CatalogueIndex index, long position, Func<string, string, string, bool> shares)
    {
        var masks = new FieldMaskTable(index, shares);
        return new CatalogueInForce(index, masks, new MaskedEvents(masks), position);
    }
}
