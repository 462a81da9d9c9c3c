using CreditExchange.Domain.Samples;
using CreditExchange.V1;

namespace CreditExchange.Cli.Samples;

/// <summary>Chooses among the synthetic listings that a seed yields.</summary>
internal static class SampleSource
{
    /// <summary>How many candidates are looked at for each one wanted, before a filter counts as unmet.</summary>
    private const int Patience = 1000;

    /// <summary>Listings in the order of the seed.</summary>
    /// <param name="generate">The first so many listings of a seed.</param>
    /// <param name="count">How many, at most.</param>
    /// <param name="list">Only of this list; empty: all.</param>
    /// <param name="publisher">Only of this publisher; empty: all.</param>
    public static IEnumerable<Listing> Take(
        Func<int, IEnumerable<SampleListing>> generate, int count, string list, string publisher)
    {
        var filtered = list.Length > 0 || publisher.Length > 0;
        return generate(filtered ? (int)Math.Min(10_000 + ((long)count * Patience), int.MaxValue) : count)
            .Where(one => (list.Length == 0 || one.Listing.ListCode == list) && (publisher.Length == 0 || one.Publisher == publisher))
            .Select(static one => one.Listing)
            .Take(count);
    }
}
