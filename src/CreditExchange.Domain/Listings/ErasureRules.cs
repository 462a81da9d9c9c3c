using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Listings;

/// <summary>
/// When a listing may be erased: in a final state, past the list kind's retention term, and with no measure on. Holds are the
/// caller's to look for.
/// </summary>
public static class ErasureRules
{
    /// <summary>The rule that allows the erasure, for the event: list code, first day of the row, years.</summary>
    /// <param name="listing">As of its last event.</param>
    /// <param name="kind">Its kind by the rules of today.</param>
    /// <param name="finalAt">When its final state was recorded.</param>
    /// <param name="now">Now.</param>
    /// <exception cref="RuleViolation">STATE_NOT_ALLOWED or RETENTION_RUNNING.</exception>
    public static string Check(Listing listing, ListKind kind, DateTimeOffset finalAt, DateTimeOffset now)
    {
        if (!ListingStateMachine.IsFinal(listing.State))
        {
            throw new RuleViolation(
                ErrorReason.StateNotAllowed, "", ("state", WireNames.Of(listing.State)), ("operation", "erase"));
        }

        var years = listing.State == ListingState.Withdrawn ? kind.Retention?.WithdrawnYears ?? 0 : kind.Retention?.Years ?? 0;
        // The first day isn't counted, and the last one ends at 24:00 (see LegalTerms).
        var day = LegalDay.Of(finalAt);
        var last = years > DateOnly.MaxValue.Year - day.Year - 1 ? DateOnly.MaxValue : day.AddYears((int)years);
        if (LegalDay.Of(now) <= last)
        {
            throw Running(LegalDay.Format(last));
        }

        foreach (var measure in listing.AppliedMeasures)
        {
            // What goes on after the end counts in verdicts still.
            if (listing.State != ListingState.Withdrawn && (measure.Permanent || (measure.Until is { } until && until.ToDateTimeOffset() > now)))
            {
                throw Running(measure.Permanent ? "9999-12-31" : LegalDay.Format(LegalDay.Of(measure.Until.ToDateTimeOffset())));
            }
        }

        return $"{kind.Code}@{kind.ValidFrom}, {years} years after {WireNames.Of(listing.State)}";
    }

    private static RuleViolation Running(string until) => new(ErrorReason.RetentionRunning, "", ("until", until));
}
