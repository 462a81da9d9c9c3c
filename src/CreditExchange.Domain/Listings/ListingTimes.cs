using CreditExchange.V1;

namespace CreditExchange.Domain.Listings;

/// <summary>What the clock does to a listing by itself, whether or not an event has confirmed it yet.</summary>
public static class ListingTimes
{
    /// <summary>
    /// The state at an instant: a live listing whose end has come is EXPIRED, a SCHEDULED one whose begin has come is ACTIVE.
    /// </summary>
    public static ListingState StateAt(Listing listing, DateTimeOffset asOf)
    {
        if (!ListingStateMachine.IsLive(listing.State))
        {
            return listing.State;
        }

        if (Instants.Until(listing.EffectiveUntil) <= asOf.UtcTicks)
        {
            return ListingState.Expired;
        }

        return listing.State == ListingState.Scheduled && Instants.From(listing.EffectiveFrom) <= asOf.UtcTicks
            ? ListingState.Active
            : listing.State;
    }

    /// <summary>When the clock next changes it (activation or expiry); null when it never does.</summary>
    public static DateTimeOffset? NextDue(Listing listing)
    {
        if (!ListingStateMachine.IsLive(listing.State))
        {
            return null;
        }

        var due = Instants.Until(listing.EffectiveUntil);
        if (listing.State == ListingState.Scheduled)
        {
            due = Math.Min(due, Math.Max(Instants.From(listing.EffectiveFrom), DateTimeOffset.MinValue.Ticks));
        }

        return due == long.MaxValue ? null : Instants.At(due);
    }

    /// <summary>
    /// Whether the measures effect is on: ACTIVE or SCHEDULED within [effective_from, effective_until); or REPAIRED, ENDED or
    /// EXPIRED while a measure that the ending did not end runs by its own until; never SUSPENDED or WITHDRAWN.
    /// </summary>
    public static bool Counts(Listing listing, DateTimeOffset asOf)
    {
        var now = asOf.UtcTicks;
        if (listing.State is ListingState.Active or ListingState.Scheduled)
        {
            if (now < Instants.From(listing.EffectiveFrom))
            {
                return false;
            }

            if (now < Instants.Until(listing.EffectiveUntil))
            {
                return true;
            }
        }

        return MayOutlive(listing.State) && RunsByItself(listing, now);
    }

    /// <summary>From when a measure of this listing is on, in ticks.</summary>
    internal static long MeasureFrom(Listing listing, AppliedMeasure measure) =>
        Math.Max(Instants.From(listing.EffectiveFrom), Instants.From(measure.From));

    /// <summary>
    /// Until when a measure of this listing is on, in ticks, exclusive. One that a repair ends, or without an end of its own,
    /// never outlives the listing; in a final state one without an end of its own is over.
    /// </summary>
    internal static long MeasureUntil(Listing listing, AppliedMeasure measure)
    {
        if (!MayOutlive(listing.State))
        {
            return long.MinValue;
        }

        var final = ListingStateMachine.IsFinal(listing.State);
        if (measure.Until is null)
        {
            return measure.Permanent ? long.MaxValue : final ? long.MinValue : Instants.Until(listing.EffectiveUntil);
        }

        var own = Instants.Until(measure.Until);
        return measure.EndedByRepair && !measure.Permanent && !final
            ? Math.Min(own, Instants.Until(listing.EffectiveUntil))
            : own;
    }

    private static bool MayOutlive(ListingState state) => state is
        ListingState.Active or ListingState.Scheduled or ListingState.Repaired or ListingState.Ended or ListingState.Expired;

    private static bool RunsByItself(Listing listing, long now)
    {
        foreach (var measure in listing.AppliedMeasures)
        {
            if (MeasureFrom(listing, measure) <= now && now < MeasureUntil(listing, measure))
            {
                return true;
            }
        }

        return false;
    }
}
