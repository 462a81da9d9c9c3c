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
        seen.Redaction = RedactionOf(whole, currentState, erased, viewer);
        if (seen.Redaction == Redaction.Unspecified)
        {
            ShowBody(whole, viewer, token, seen);
        }

        return seen;
    }

    /// <summary>Whether <see cref="Apply"/> gives a viewer any content of an event, without making it.</summary>
    /// <param name="whole">The event with its personal part.</param>
    /// <param name="currentState">The state in which the event's listing is now.</param>
    /// <param name="erased">Whether the listing's content was erased.</param>
    /// <param name="viewer">Who looks.</param>
    public bool Shows(LedgerEvent whole, ListingState currentState, bool erased, Viewer viewer) =>
        RedactionOf(whole, currentState, erased, viewer) == Redaction.Unspecified;

    // The one place that says who sees what; UNSPECIFIED: the content is shown.
    private Redaction RedactionOf(LedgerEvent whole, ListingState currentState, bool erased, Viewer viewer)
    {
        if (whole.BodyCase == LedgerEvent.BodyOneofCase.Listing)
        {
            return erased ? Redaction.Erased
                : masks.Plan(whole.Listing, viewer) is null ? Redaction.Right
                : IsTakenBack(whole.Listing, currentState, viewer) ? Redaction.Ended
                : Redaction.Unspecified;
        }

        var concerns = whole.BodyCase switch
        {
            LedgerEvent.BodyOneofCase.Epoch or LedgerEvent.BodyOneofCase.Erasure or LedgerEvent.BodyOneofCase.SubjectKey => true,
            LedgerEvent.BodyOneofCase.Catalogue or LedgerEvent.BodyOneofCase.PartnerKeys or LedgerEvent.BodyOneofCase.Provenance => viewer.SeesSystem,
            LedgerEvent.BodyOneofCase.Agreement => viewer.SeesSystem || IsParty(whole.Agreement, viewer),
            LedgerEvent.BodyOneofCase.ListingFlag => viewer.SeesSystem || IsOwn(whole.ListingFlag.Agency, viewer),
            LedgerEvent.BodyOneofCase.Agency or LedgerEvent.BodyOneofCase.TokenRevocation => viewer.SeesSystem || viewer.SeesSecurity,
            LedgerEvent.BodyOneofCase.LegalHold => viewer.SeesSystem || IsOwn(whole.LegalHold.Agency, viewer),
            // A link says who somebody is: with the content it goes for its own agency too.
            LedgerEvent.BodyOneofCase.SubjectLink => !erased && IsOwn(whole.SubjectLink.Agency, viewer),
            _ => false,
        };
        return concerns ? Redaction.Unspecified : erased ? Redaction.Erased : Redaction.Right;
    }

    // What came before the end must go, for everyone but the publisher; the end itself is told as the mask allows.
    private static bool IsTakenBack(Listing listing, ListingState currentState, Viewer viewer)
    {
        return !IsOwn(listing.Origin?.Agency ?? "", viewer) && ListingStateMachine.IsFinal(currentState) && !ListingStateMachine.IsFinal(listing.State);
    }

    private static bool IsParty(Agreement agreement, Viewer viewer) =>
        viewer.Recipient == RecipientKind.Partner
        && AgreementTerms.Parser.ParseFrom(agreement.Signed.Terms).Parties.Any(p => p.HubId == viewer.AgencyId);

    private static bool IsOwn(string agency, Viewer viewer) => agency.Length > 0 && agency == viewer.AgencyId;

    private void ShowBody(LedgerEvent whole, Viewer viewer, Func<SubjectId, SubjectToken> token, LedgerEvent seen)
    {
        switch (whole.BodyCase)
        {
            case LedgerEvent.BodyOneofCase.Listing:
                ShowListing(whole, viewer, token, seen);
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
            case LedgerEvent.BodyOneofCase.Catalogue:
                seen.Catalogue = whole.Catalogue;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.PartnerKeys:
                seen.PartnerKeys = whole.PartnerKeys;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.Agency:
                seen.Agency = whole.Agency;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.TokenRevocation:
                seen.TokenRevocation = whole.TokenRevocation;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.LegalHold:
                seen.LegalHold = whole.LegalHold;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.Agreement:
                seen.Agreement = whole.Agreement;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.Provenance:
                seen.Provenance = whole.Provenance;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.ListingFlag:
                seen.ListingFlag = whole.ListingFlag;
                ShowWhy(whole, seen);
                break;
            case LedgerEvent.BodyOneofCase.SubjectLink:
                seen.SubjectLink = whole.SubjectLink;
                seen.Opening = whole.Opening;
                ShowWhy(whole, seen);
                break;
        }
    }

    private void ShowListing(LedgerEvent whole, Viewer viewer, Func<SubjectId, SubjectToken> token, LedgerEvent seen)
    {
        var plan = masks.Plan(whole.Listing, viewer)!;
        seen.Listing = masks.Apply(whole.Listing, viewer, token);
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
