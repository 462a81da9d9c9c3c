using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Listings;

/// <summary>A lawful return: a new listing that names a final one and runs what was left of its term.</summary>
public static class Restores
{
    /// <summary>
    /// The restored listing with its term settled: from its begin it runs as long as the old one still had to run when it
    /// ended, or shorter when its publisher said so. The old one must be REPAIRED, ENDED or WITHDRAWN (a term that ended
    /// doesn't return), of the same subject, list and publisher, and must have had time left.
    /// </summary>
    /// <param name="restored">What <see cref="ListingRules.Publish"/> made of the request; left alone.</param>
    /// <param name="old">The listing that restores_listing_id names.</param>
    /// <param name="c">As for Publish.</param>
    /// <exception cref="RuleViolation">RESTORES_INVALID.</exception>
    public static Listing CheckRestores(Listing restored, Listing old, ListingContext c)
    {
        if (old.State is not (ListingState.Repaired or ListingState.Ended or ListingState.Withdrawn)
            || old.ListCode != restored.ListCode
            || !Equals(old.Subject, restored.Subject)
            || old.Origin?.Agency != restored.Origin?.Agency)
        {
            throw Invalid();
        }

        var listing = restored.Clone();
        if (old.EffectiveUntil is null)
        {
            listing.EffectiveUntil = null;
        }
        else
        {
            var ended = Math.Max(EndedAt(old), Instants.From(old.EffectiveFrom));
            var left = Instants.Until(old.EffectiveUntil) - ended;
            if (left <= 0)
            {
                throw Invalid();
            }

            var until = Math.Min(Instants.From(listing.EffectiveFrom) + left, Instants.Until(listing.EffectiveUntil));
            listing.EffectiveUntil = Timestamp.FromDateTimeOffset(Instants.At(until));
        }

        var decided = LegalDay.Parse(listing.Document.DecidedOn, "listing.document.decided_on");
        var kind = ListingChecks.Kind(listing.ListCode, decided, c.Catalogue);
        ListingEffects.ApplyMeasures(listing, c.Catalogue, decided);
        ListingEffects.Recompute(listing, kind, EndGround.Unspecified, revive: true, c);
        return listing;
    }

    // Sharing says when the end was recorded; where sharing goes on after it, publication or the day of the ending does.
    private static long EndedAt(Listing old)
    {
        var sharing = old.Effects?.Sharing;
        if (sharing is { On: false, Until: not null })
        {
            return Instants.Until(sharing.Until);
        }

        var publication = old.Effects?.Publication;
        if (publication is { On: false, Until: not null })
        {
            return Instants.Until(publication.Until);
        }

        return LegalDay.TryParse(old.Ending?.EndedOn ?? "", out var day)
            ? LegalDay.Start(day).UtcTicks
            : Instants.From(old.EffectiveFrom);
    }

    private static RuleViolation Invalid() => new(ErrorReason.RestoresInvalid, "listing.restores_listing_id");
}
