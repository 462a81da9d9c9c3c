using CreditExchange.Domain.Listings;
using CreditExchange.V1;

namespace CreditExchange.Domain.Masks;

/// <summary>What a viewer sees of a ledger's event: its content by the field mask, or why there is none.</summary>
/// <param name="masks">The field mask in force.</param>
public sealed class MaskedEvents(FieldMaskTable masks)
{
    /// <summary>The event for a viewer, as a new message. Position, time, kind and commitment are always told.</summary>
    /// <param name="whole">The event with its personal part, or, when erased, what is left of it; left alone.</param>
    /// <param name="currentState">The state in which the event's listing is now; UNSPECIFIED for other bodies.</param>
    /// <param name="erased">Whether the listing's content was erased.</param>
    /// <param name="viewer">Who looks.</param>
    /// <param name="token">Makes the viewer's token of a subject.</param>
    public LedgerEvent Apply(
        LedgerEvent whole, ListingState currentState, bool erased, Viewer viewer, Func<SubjectId, SubjectToken> token)
    {
        var seen = new LedgerEvent
        {
            Position = whole.Position,
            RecordedAt = whole.RecordedAt,
            Kind = whole.Kind,
            PreviousPosition = whole.PreviousPosition,
            Commitment = whole.Commitment,
        };
        switch (whole.BodyCase)
        {
            case LedgerEvent.BodyOneofCase.Listing:
                ShowListing(whole, currentState, erased, viewer, token, seen);
                break;
            case LedgerEvent.BodyOneofCase.Epoch:
                seen.Epoch = whole.Epoch;
                seen.Actor = whole.Actor;
                break;
            case LedgerEvent.BodyOneofCase.Erasure:
                seen.Erasure = whole.Erasure;
                seen.Actor = whole.Actor;
                break;
            case LedgerEvent.BodyOneofCase.SubjectKey:
                seen.SubjectKey = whole.SubjectKey;
                seen.Actor = whole.Actor;
                break;
            case LedgerEvent.BodyOneofCase.Catalogue when viewer.SeesSystem:
                seen.Catalogue = whole.Catalogue;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.Agency when viewer.SeesSystem || viewer.SeesSecurity:
                seen.Agency = whole.Agency;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.TokenRevocation when viewer.SeesSystem || viewer.SeesSecurity:
                seen.TokenRevocation = whole.TokenRevocation;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.LegalHold
                when viewer.SeesSystem || (whole.LegalHold.Agency.Length > 0 && whole.LegalHold.Agency == viewer.AgencyId):
                seen.LegalHold = whole.LegalHold;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.SubjectLink
                when whole.SubjectLink.Agency.Length > 0 && whole.SubjectLink.Agency == viewer.AgencyId:
                if (erased)
                {
                    seen.Redaction = Redaction.Erased;
                    break;
                }

                seen.SubjectLink = whole.SubjectLink;
                seen.Opening = whole.Opening;
                ShowWhy(whole, seen);
                break;
            default:
                seen.Redaction = erased ? Redaction.Erased : Redaction.Right;
                break;
        }

        return seen;
    }

    /// <summary>Whether <see cref="Apply"/> gives a viewer any content of an event, without making it.</summary>
    /// <param name="whole">The event with its personal part.</param>
    /// <param name="currentState">The state in which the event's listing is now.</param>
    /// <param name="erased">Whether the listing's content was erased.</param>
    /// <param name="viewer">Who looks.</param>
    public bool Shows(LedgerEvent whole, ListingState currentState, bool erased, Viewer viewer) => whole.BodyCase switch
    {
        LedgerEvent.BodyOneofCase.Listing =>
            !erased && masks.Plan(whole.Listing, viewer) is not null && !IsTakenBack(whole.Listing, currentState, viewer),
        LedgerEvent.BodyOneofCase.Catalogue => viewer.SeesSystem,
        LedgerEvent.BodyOneofCase.Agency or LedgerEvent.BodyOneofCase.TokenRevocation => viewer.SeesSystem || viewer.SeesSecurity,
        LedgerEvent.BodyOneofCase.SubjectLink =>
            !erased && whole.SubjectLink.Agency.Length > 0 && whole.SubjectLink.Agency == viewer.AgencyId,
        LedgerEvent.BodyOneofCase.Epoch or LedgerEvent.BodyOneofCase.Erasure => true,
        _ => false,
    };

    // What came before the end must go, for everyone but the publisher; the end itself is told as the mask allows.
    private static bool IsTakenBack(Listing listing, ListingState currentState, Viewer viewer)
    {
        var isPublisher = listing.Origin?.Agency is { Length: > 0 } agency && agency == viewer.AgencyId;
        return !isPublisher && ListingStateMachine.IsFinal(currentState) && !ListingStateMachine.IsFinal(listing.State);
    }

    private void ShowListing(
        LedgerEvent whole,
        ListingState currentState,
        bool erased,
        Viewer viewer,
        Func<SubjectId, SubjectToken> token,
        LedgerEvent seen)
    {
        if (erased)
        {
            seen.Redaction = Redaction.Erased;
            return;
        }

        var plan = masks.Plan(whole.Listing, viewer);
        var listing = plan is null ? null : masks.Apply(whole.Listing, viewer, token);
        if (plan is null || listing is null)
        {
            seen.Redaction = Redaction.Right;
            return;
        }

        if (IsTakenBack(whole.Listing, currentState, viewer))
        {
            seen.Redaction = Redaction.Ended;
            return;
        }

        seen.Listing = listing;
        if (plan.GivesReason)
        {
            ShowWhy(whole, seen);
        }

        if (plan.IsWhole)
        {
            seen.Opening = whole.Opening;
        }
    }

    private static void ShowWhy(LedgerEvent whole, LedgerEvent seen)
    {
        seen.Reason = whole.Reason;
        seen.Actor = whole.Actor;
    }
}
