using CreditExchange.V1;

namespace CreditExchange.Cli.Samples;

/// <summary>Chooses among the synthetic listings that a seed yields.</summary>
/// <param name="generate">The endless, or at least long, sequence of a seed: publisher and listing.</param>
internal sealed class SampleSource(Func<int, IEnumerable<(string Publisher, Listing Listing)>> generate)
{
    /// <summary>How many candidates are looked at for each one wanted, before a filter counts as unmet.</summary>
    private const int Patience = 1000;

    /// <summary>Listings in the order of the seed.</summary>
    /// <param name="count">How many, at most.</param>
    /// <param name="list">Only of this list; empty: all.</param>
    /// <param name="publisher">Only of this publisher; empty: all.</param>
    /// <param name="allKinds">Begin with the first of each kind of list, as far as count goes.</param>
    public IEnumerable<Listing> Take(int count, string list, string publisher, bool allKinds)
    {
        var filtered = list.Length > 0 || publisher.Length > 0 || allKinds;
        var candidates = generate(filtered ? (int)Math.Min(100_000 + ((long)count * Patience), int.MaxValue) : count)
            .Where(one => (list.Length == 0 || one.Listing.ListCode == list) && (publisher.Length == 0 || one.Publisher == publisher))
            .Select(static one => one.Listing);
        return (allKinds ? EachKindFirst(candidates, count) : candidates).Take(count);
    }

    private static IEnumerable<Listing> EachKindFirst(IEnumerable<Listing> candidates, int count)
    {
        var firsts = new Dictionary<string, Listing>(StringComparer.Ordinal);
        foreach (var one in candidates.Take(100_000))
        {
            firsts.TryAdd(one.ListCode, one);
        }

        foreach (var one in firsts.Values)
        {
            yield return one;
        }

        foreach (var one in candidates.Take(count + firsts.Count))
        {
            if (!firsts.TryGetValue(one.ListCode, out var first) || first.SourceRef != one.SourceRef)
            {
                yield return one;
            }
        }
    }
}
