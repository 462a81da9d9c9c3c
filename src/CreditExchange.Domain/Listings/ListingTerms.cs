using System.Globalization;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Listings;

/// <summary>When a listing's term ends, by its kind and grade.</summary>
internal static class ListingTerms
{
    /// <summary>
    /// Checks a given effective_until against the kind's longest term, or computes an absent one. effective_from is filled in.
    /// </summary>
    public static void Settle(Listing listing, ListKind kind, DateOnly published, DateTimeOffset now)
    {
        if (listing.EffectiveUntil is null)
        {
            listing.EffectiveUntil = Computed(listing, kind, published);
            return;
        }

        var until = Instants.Until(listing.EffectiveUntil);
        if (until <= Instants.From(listing.EffectiveFrom))
        {
            throw ListingChecks.Impossible("listing.effective_until", "not after effective_from");
        }

        var term = LegalTerms.Of(kind, listing.Grade);
        if (term is not null
            && LegalTerms.LatestEnd(term, LegalTerms.StartDay(listing, term.Starts, published)) is { } latest
            && until > latest.UtcTicks)
        {
            throw new RuleViolation(
                ErrorReason.TermTooLong,
                "listing.effective_until",
                ("list_code", kind.Code),
                ("limit_months", term.MaximumMonths.ToString(CultureInfo.InvariantCulture)));
        }

        if (until <= now.UtcTicks)
        {
            throw ListingChecks.Impossible("listing.effective_until", "already past");
        }
    }

    /// <summary>The end that the hub computes; null when the kind has none.</summary>
    public static Timestamp? Computed(Listing listing, ListKind kind, DateOnly published) =>
        LegalTerms.Of(kind, listing.Grade) is { } term
            && LegalTerms.End(term, LegalTerms.StartDay(listing, term.Starts, published)) is { } end
            ? Timestamp.FromDateTimeOffset(end)
            : null;
}
