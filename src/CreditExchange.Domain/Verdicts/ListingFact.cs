using CreditExchange.V1;

namespace CreditExchange.Domain.Verdicts;

/// <summary>When one measure of a listing is on: [From, Until) in UTC ticks, all rules of its listing applied.</summary>
/// <param name="Code">Catalogue code, interned.</param>
/// <param name="FromTicks">First tick.</param>
/// <param name="UntilTicks">Tick after the last; long.MaxValue: without end.</param>
public readonly record struct MeasureFact(string Code, long FromTicks, long UntilTicks)
{
    /// <summary>Whether it is on at an instant.</summary>
    public bool IsOn(long asOfTicks) => FromTicks <= asOfTicks && asOfTicks < UntilTicks;
}

/// <summary>
/// What a verdict needs to know of one listing from one subject's view. Holds no number and no name, so a view may keep
/// millions of them in the clear. Strings come from small closed sets and are interned.
/// </summary>
/// <param name="Entity">The ledger's local number of the listing.</param>
/// <param name="ListCode">Catalogue code of the list.</param>
/// <param name="Role">"subject", or the catalogue code of a related person's role.</param>
/// <param name="IsReverse">Whether the subject is an organisation related to a listed person: looked up in reverse_roles.</param>
/// <param name="State">The state the ledger holds.</param>
/// <param name="FromTicks">effective_from in UTC ticks.</param>
/// <param name="UntilTicks">effective_until in UTC ticks; long.MaxValue: without end.</param>
/// <param name="NameTag">Keyed tag of the subject's name in this listing; 0: not known.</param>
/// <param name="Region">Region of origin.</param>
/// <param name="Agency">Publishing agency.</param>
/// <param name="Agreement">Agreement of a recognised listing; else empty.</param>
/// <param name="Measures">Its measures with their own times; empty: the kind has none. Not to be changed.</param>
public readonly record struct ListingFact(
    long Entity,
    string ListCode,
    string Role,
    bool IsReverse,
    ListingState State,
    long FromTicks,
    long UntilTicks,
    ulong NameTag,
    string Region,
    string Agency,
    string Agreement,
    MeasureFact[] Measures)
{
    /// <summary>
    /// Whether the measures effect is on: ACTIVE or SCHEDULED within [from, until), or in any state but SUSPENDED and
    /// WITHDRAWN while one of its measures runs by its own time.
    /// </summary>
    public bool IsOn(long asOfTicks)
    {
        if (IsLive && FromTicks <= asOfTicks && asOfTicks < UntilTicks)
        {
            return true;
        }

        if (MayOutlive)
        {
            foreach (var measure in Measures)
            {
                if (measure.IsOn(asOfTicks))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>
    /// Whether it counts for a rule: while that measure is on; for a rule without one, while any is on, or, when the kind has
    /// none, while the listing is in force.
    /// </summary>
    /// <param name="measure">Catalogue code; empty: any.</param>
    /// <param name="asOfTicks">The instant in UTC ticks.</param>
    public bool CountsFor(string measure, long asOfTicks)
    {
        if (Measures.Length == 0)
        {
            return measure.Length == 0 && IsOn(asOfTicks);
        }

        if (!MayOutlive)
        {
            return false;
        }

        foreach (var own in Measures)
        {
            if (own.IsOn(asOfTicks) && (measure.Length == 0 || own.Code == measure))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Until when it counts as things stand, in UTC ticks, exclusive; long.MaxValue: without end; long.MinValue: it doesn't.
    /// </summary>
    public long CountsUntilTicks
    {
        get
        {
            if (Measures.Length == 0)
            {
                return IsLive ? UntilTicks : long.MinValue;
            }

            var last = long.MinValue;
            if (MayOutlive)
            {
                foreach (var measure in Measures)
                {
                    last = Math.Max(last, measure.UntilTicks);
                }
            }

            return last;
        }
    }

    private bool IsLive => State is ListingState.Active or ListingState.Scheduled;

    private bool MayOutlive => IsLive || State is ListingState.Repaired or ListingState.Ended or ListingState.Expired;
}
