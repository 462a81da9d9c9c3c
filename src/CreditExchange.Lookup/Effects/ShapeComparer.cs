using System.Runtime.CompilerServices;
using CreditExchange.Domain.Verdicts;

namespace CreditExchange.Lookup.Effects;

// Looks shapes up by a fact, so that none is made for a fact whose shape is known. Codes are shared strings: hashing their
// references is enough, and two instances of one code would cost a second number for the shape, nothing else.
internal sealed class ShapeComparer : IEqualityComparer<EffectShape>, IAlternateEqualityComparer<ListingFact, EffectShape>
{
    public bool Equals(EffectShape? a, EffectShape? b) =>
        ReferenceEquals(a, b) || (a is not null && b is not null
            && a.ListCode == b.ListCode && a.Role == b.Role && a.IsReverse == b.IsReverse && a.State == b.State
            && a.Region == b.Region && a.Agency == b.Agency && a.Agreement == b.Agreement
            && a.Measures.AsSpan().SequenceEqual(b.Measures));

    public bool Equals(ListingFact fact, EffectShape shape)
    {
        if (fact.ListCode != shape.ListCode || fact.Role != shape.Role || fact.IsReverse != shape.IsReverse || fact.State != shape.State
            || fact.Agency != shape.Agency || fact.Region != shape.Region || fact.Agreement != shape.Agreement
            || fact.Measures.Length != shape.Measures.Length)
        {
            return false;
        }

        for (var i = 0; i < shape.Measures.Length; i++)
        {
            if (fact.Measures[i].Code != shape.Measures[i])
            {
                return false;
            }
        }

        return true;
    }

    public int GetHashCode(EffectShape shape)
    {
        var hash = Start(shape.ListCode, shape.Role, shape.Region, shape.Agency, shape.Agreement);
        hash.Add(shape.IsReverse);
        hash.Add((int)shape.State);
        foreach (var measure in shape.Measures)
        {
            hash.Add(RuntimeHelpers.GetHashCode(measure));
        }

        return hash.ToHashCode();
    }

    public int GetHashCode(ListingFact fact)
    {
        var hash = Start(fact.ListCode, fact.Role, fact.Region, fact.Agency, fact.Agreement);
        hash.Add(fact.IsReverse);
        hash.Add((int)fact.State);
        foreach (var measure in fact.Measures)
        {
            hash.Add(RuntimeHelpers.GetHashCode(measure.Code));
        }

        return hash.ToHashCode();
    }

    public EffectShape Create(ListingFact fact) => new(
        fact.ListCode, fact.Role, fact.IsReverse, fact.State, fact.Region, fact.Agency, fact.Agreement,
        fact.Measures.Length == 0 ? [] : Array.ConvertAll(fact.Measures, m => m.Code));

    private static HashCode Start(string list, string role, string region, string agency, string agreement)
    {
        var hash = default(HashCode);
        hash.Add(RuntimeHelpers.GetHashCode(list));
        hash.Add(RuntimeHelpers.GetHashCode(role));
        hash.Add(RuntimeHelpers.GetHashCode(region));
        hash.Add(RuntimeHelpers.GetHashCode(agency));
        hash.Add(RuntimeHelpers.GetHashCode(agreement));
        return hash;
    }
}
