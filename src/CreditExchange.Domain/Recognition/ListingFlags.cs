using System.Collections.Immutable;

namespace CreditExchange.Domain.Recognition;

/// <summary>Which recognised listings are not executed here, and until when. Immutable.</summary>
public sealed class ListingFlags
{
    /// <summary>None.</summary>
    public static readonly ListingFlags None = new(ImmutableDictionary<long, long>.Empty);

    private readonly ImmutableDictionary<long, long> untilTicks;

    private ListingFlags(ImmutableDictionary<long, long> untilTicks) => this.untilTicks = untilTicks;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => untilTicks.IsEmpty;

    /// <summary>All of them: the ledger's number of the listing, and the UTC tick before which its flag holds.</summary>
    public IEnumerable<KeyValuePair<long, long>> All => untilTicks;

    /// <summary>With a flag set, replaced or, at tick 0, taken away.</summary>
    /// <param name="entity">The ledger's number of the listing.</param>
    /// <param name="until">UTC ticks, exclusive.</param>
    public ListingFlags With(long entity, long until) =>
        new(until == 0 ? untilTicks.Remove(entity) : untilTicks.SetItem(entity, until));

    /// <summary>Whether a listing's flag holds at an instant.</summary>
    public bool Holds(long entity, long asOfTicks) => untilTicks.TryGetValue(entity, out var until) && asOfTicks < until;
}
