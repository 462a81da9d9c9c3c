using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Verdicts;
using CreditExchange.V1;

namespace CreditExchange.Lookup.Effects;

/// <summary>
/// What effects of different listings have in common: everything that a verdict looks at but the subject, the listing and the
/// times. A province has millions of effects and a few thousand shapes. Strings come from <see cref="CodePool"/>.
/// </summary>
/// <param name="ListCode">Catalogue code of the list.</param>
/// <param name="Role">"subject", or the catalogue code of a related person's role.</param>
/// <param name="IsReverse">Whether the subject is an organisation related to a listed person.</param>
/// <param name="State">The state the ledger holds.</param>
/// <param name="Region">Region of origin.</param>
/// <param name="Agency">Publishing agency.</param>
/// <param name="Agreement">Agreement of a recognised listing; else empty.</param>
/// <param name="Measures">Codes of its measures, in the listing's order. Not to be changed.</param>
public sealed record EffectShape(
    string ListCode, string Role, bool IsReverse, ListingState State, string Region, string Agency, string Agreement, string[] Measures)
{
    /// <summary>Whether the listing is in force or waits for its day.</summary>
    public bool IsLive => ListingStateMachine.IsLive(State);
}
