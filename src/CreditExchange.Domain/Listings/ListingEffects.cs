using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Listings;

/// <summary>
/// The three effects and the applied measures of a listing, by the catalogue's effect rules of the event's day. The rules
/// before and after 2026-04-01 (credit repair) are rows, not code.
/// </summary>
internal static class ListingEffects
{
    /// <summary>Puts the measures on at publication or after an amendment; each runs as long as the listing.</summary>
    public static void ApplyMeasures(Listing listing, CatalogueIndex catalogue, DateOnly decided)
    {
        listing.AppliedMeasures.Clear();
        foreach (var code in listing.Measures)
        {
            listing.AppliedMeasures.Add(new AppliedMeasure
            {
                Code = code,
                From = listing.EffectiveFrom,
                Until = listing.EffectiveUntil,
                EndedByRepair = catalogue.Measure(code, decided)?.EndedByRepair ?? true,
            });
        }
    }

    /// <summary>Recomputes effects after the state was set.</summary>
    /// <param name="listing">The listing, with its new state; changed.</param>
    /// <param name="kind">Its kind by the rules of the decision day.</param>
    /// <param name="ground">Why it ended; UNSPECIFIED while it lives.</param>
    /// <param name="revive">False: measures that run by themselves end too (a suspended listing's expiry revives nothing).</param>
    /// <param name="c">Catalogue and time.</param>
    public static void Recompute(Listing listing, ListKind kind, EndGround ground, bool revive, ListingContext c)
    {
        // What is SCHEDULED will have the effects of ACTIVE when its time comes.
        var ruleState = listing.State == ListingState.Scheduled ? ListingState.Active : listing.State;
        var rule = Rule(c.Catalogue, ruleState, c.Today);
        var live = ruleState == ListingState.Active;
        var early = listing.State == ListingState.Scheduled ? Rule(c.Catalogue, ListingState.Scheduled, c.Today) : null;
        var publication = rule?.Publication ?? live;
        var sharing = rule?.Sharing ?? live;
        var measures = rule?.Measures ?? (live ? MeasuresRule.On : MeasuresRule.Off);
        var effects = listing.Effects ?? new Effects();
        listing.Effects = new Effects
        {
            Publication = MayPublish(listing, kind)
                ? Next(listing, effects.Publication, publication, early?.Publication ?? false, ground, c.Now)
                : new Effect { Ground = ground },
            Sharing = Next(listing, effects.Sharing, sharing, early?.Sharing ?? false, ground, c.Now),
            Measures = Measures(listing, effects.Measures, measures, ground, revive, c.Now),
        };
    }

    private static EffectRule? Rule(CatalogueIndex catalogue, ListingState state, DateOnly day)
    {
        foreach (var rule in catalogue.Catalogue.EffectRules)
        {
            if (rule.State == state && LegalDay.Covers(rule.ValidFrom, rule.ValidUntil, day))
            {
                return rule;
            }
        }

        return null;
    }

    private static bool MayPublish(Listing listing, ListKind kind)
    {
        foreach (var grade in kind.Grades)
        {
            if (grade.Code == listing.Grade && !grade.Published)
            {
                return false;
            }
        }

        return !kind.PersonPublicationNeedsBasis
            || listing.PersonalPublicationBasis.Length > 0
            || !SubjectIds.IsNaturalPerson(listing.Subject.Kind);
    }

    // "Early" is what is shared or published before effective_from already.
    private static Effect Next(Listing listing, Effect? before, bool on, bool early, EndGround ground, DateTimeOffset now)
    {
        if (on)
        {
            var isOn = before is { On: true, From: not null };
            if (early || (isOn && Instants.From(before!.From) < Instants.From(listing.EffectiveFrom)))
            {
                var from = isOn ? before!.From : Timestamp.FromDateTimeOffset(now);
                if (early || Instants.From(listing.EffectiveFrom) <= now.UtcTicks)
                {
                    return new Effect { On = true, From = from, Until = listing.EffectiveUntil, Ground = ground };
                }
            }

            return new Effect
            {
                On = IsWithin(listing.EffectiveFrom, listing.EffectiveUntil, now),
                From = listing.EffectiveFrom,
                Until = listing.EffectiveUntil,
                Ground = ground,
            };
        }

        return Ended(listing, before, ground, now);
    }

    // An effect that already ended keeps its end; one that never began has neither begin nor end.
    private static Effect Ended(Listing listing, Effect? before, EndGround ground, DateTimeOffset now)
    {
        var from = before?.From ?? listing.EffectiveFrom;
        if (Instants.From(from) >= now.UtcTicks)
        {
            return new Effect { Ground = ground };
        }

        var until = Math.Min(Instants.Until(before?.Until), now.UtcTicks);
        return new Effect { From = from, Until = Timestamp.FromDateTimeOffset(Instants.At(until)), Ground = ground };
    }

    private static Effect Measures(
        Listing listing, Effect? before, MeasuresRule rule, EndGround ground, bool revive, DateTimeOffset now)
    {
        if (rule == MeasuresRule.On && ListingStateMachine.IsLive(listing.State))
        {
            return Next(listing, null, true, early: false, ground, now);
        }

        // A suspension is a pause: the measures keep their terms, and come back as they were.
        if (listing.State == ListingState.Suspended)
        {
            return Ended(listing, before, ground, now);
        }

        var keep = revive && rule != MeasuresRule.Off && listing.State != ListingState.Withdrawn;
        var last = long.MinValue;
        foreach (var measure in listing.AppliedMeasures)
        {
            var independent = !measure.EndedByRepair || rule == MeasuresRule.On;
            if (keep && independent && (measure.Until is not null || measure.Permanent))
            {
                last = Math.Max(last, measure.Permanent ? long.MaxValue : Instants.Until(measure.Until));
            }
            else if (Instants.Until(measure.Until) > now.UtcTicks)
            {
                measure.Until = Timestamp.FromDateTimeOffset(now);
                measure.Permanent = false;
            }
        }

        var ended = Ended(listing, before, ground, now);
        if (last <= now.UtcTicks)
        {
            return ended;
        }

        return new Effect
        {
            On = Instants.From(listing.EffectiveFrom) <= now.UtcTicks,
            From = before?.From ?? listing.EffectiveFrom,
            Until = last == long.MaxValue ? null : Timestamp.FromDateTimeOffset(Instants.At(last)),
            Ground = ground,
        };
    }

    private static bool IsWithin(Timestamp? from, Timestamp? until, DateTimeOffset now) =>
        Instants.From(from) <= now.UtcTicks && now.UtcTicks < Instants.Until(until);
}
