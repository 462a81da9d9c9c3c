using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Lookup.Effects;

namespace CreditExchange.Lookup;

/// <summary>What is known of one subject.</summary>
/// <param name="Effects">What listings mean for it.</param>
/// <param name="Codes">Knows the effects' shapes.</param>
/// <param name="Position">The position it reflects.</param>
/// <param name="Catalogue">The catalogue in force there.</param>
/// <param name="KeyVersion">The version of the subject key in force there: what was read by another one says nothing.</param>
public readonly record struct SubjectReading(
    EffectSet Effects, EffectCodes Codes, long Position, CatalogueIndex Catalogue, byte KeyVersion)
{
    /// <summary>An effect in the form that the rules of a matter take.</summary>
    public ListingFact FactAt(int index) => Effects[index].ToFact(Codes);

    /// <summary>All effects in that form.</summary>
    public ListingFact[] ToFacts()
    {
        var facts = Effects.Count == 0 ? [] : new ListingFact[Effects.Count];
        for (var i = 0; i < facts.Length; i++)
        {
            facts[i] = FactAt(i);
        }

        return facts;
    }
}
