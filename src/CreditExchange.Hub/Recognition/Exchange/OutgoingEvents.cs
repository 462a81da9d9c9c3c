using CreditExchange.Domain.Masks;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Updates;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>
/// What of this hub's events goes to a partner: own listings of lists that an agreement in force covers, as the mask of the recipient
/// RECOGNISING_PARTNER has them. What was recognised from somebody is never sent.
/// </summary>
public sealed class OutgoingEvents(EventDelivery delivery, ILedger ledger)
{
    /// <summary>The content of an event for a partner, and the agreement under which it goes; null: none.</summary>
    /// <param name="stored">The event.</param>
    /// <param name="terms">The agreements with the partner.</param>
    /// <param name="token">Makes a person's token under the partner's key.</param>
    public (LedgerEvent Content, string Agreement)? ContentFor(StoredEvent stored, PartnerTerms terms, Func<SubjectId, SubjectToken> token)
    {
        if (stored.Kind is EventKind.Erased || ledger.OpenPart(stored).Listing is not { } open
            || open.Origin is not { Agreement.Length: 0 } || terms.AgreementOf(open.ListCode) is not { } agreement)
        {
            return null;
        }

        var (whole, seen) = delivery.ToAudience(stored, new Viewer(terms.HubId, RecipientKind.RecognisingPartner), token);
        if (seen.Listing is not { } shown)
        {
            return null;
        }

        // Parts of the masked listing are shared with the whole one.
        var listing = shown.Clone();
        var isPerson = whole.Listing.Subject is null || SubjectIds.IsNaturalPerson(whole.Listing.Subject.Kind);
        StripPersons(listing, isPerson);
        return (new LedgerEvent { Position = stored.Position, Kind = stored.Kind, Listing = listing, Reason = isPerson ? "" : seen.Reason }, agreement);
    }

    // Whatever a catalogue's mask says: no number and no name of a person leaves.
    private static void StripPersons(Listing listing, bool isPerson)
    {
        listing.SourceRef = "";
        listing.RelatedPersons.Clear();
        if (isPerson)
        {
            listing.Subject = null;
            listing.SubjectName = "";
            listing.Reason = "";
            listing.OtherIds.Clear();
            return;
        }

        listing.SubjectToken = null;
        for (var i = listing.OtherIds.Count - 1; i >= 0; i--)
        {
            if (SubjectIds.IsNaturalPerson(listing.OtherIds[i].Kind))
            {
                listing.OtherIds.RemoveAt(i);
            }
        }
    }
}
