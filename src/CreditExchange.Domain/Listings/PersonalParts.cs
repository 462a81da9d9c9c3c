using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Listings;

/// <summary>
/// Splits an event into the two messages that the ledger keeps: what identifies a natural person is sealed, the rest stands
/// open. Their bytes, one after the other, parse to the whole, because that is how Protobuf merges.
/// </summary>
public static class PersonalParts
{
    /// <summary>
    /// The two parts. Neither holds what the writer assigns (position, recorded_at, previous_position, commitment, opening,
    /// redaction, listing.position).
    /// </summary>
    public static (LedgerEvent Open, LedgerEvent Personal) Split(LedgerEvent whole) => SplitOwned(whole.Clone());

    /// <summary>As <see cref="Split"/>, but takes the event apart itself: it becomes the open part.</summary>
    public static (LedgerEvent Open, LedgerEvent Personal) SplitOwned(LedgerEvent open)
    {
        open.Position = 0;
        open.RecordedAt = null;
        open.PreviousPosition = 0;
        open.Commitment = Google.Protobuf.ByteString.Empty;
        open.Opening = null;
        open.Redaction = Redaction.Unspecified;
        var personal = new LedgerEvent();
        switch (open.BodyCase)
        {
            case LedgerEvent.BodyOneofCase.Listing:
                SplitListing(open, personal);
                break;
            case LedgerEvent.BodyOneofCase.SubjectLink when HoldsPerson(open.SubjectLink):
                personal.SubjectLink = open.SubjectLink;
                open.ClearBody();
                MoveReason(open, personal);
                break;
        }

        return (open, personal);
    }

    /// <summary>Whether a listing's own subject is a natural person.</summary>
    public static bool IsPersonal(Listing listing)
    {
        // A partner sends a person's listing under a token.
        if (listing.Subject is null && listing.SubjectToken is not null)
        {
            return true;
        }

        if (listing.Subject is not null && SubjectIds.IsNaturalPerson(listing.Subject.Kind))
        {
            return true;
        }

        foreach (var other in listing.OtherIds)
        {
            if (SubjectIds.IsNaturalPerson(other.Kind))
            {
                return true;
            }
        }

        return false;
    }

    private static void SplitListing(LedgerEvent open, LedgerEvent personal)
    {
        var listing = open.Listing;
        listing.Position = 0;
        var sealedPart = new Listing();
        if (IsPersonal(listing))
        {
            MoveSubject(listing, sealedPart);
            MoveReason(open, personal);
        }

        sealedPart.RelatedPersons.Add(listing.RelatedPersons);
        listing.RelatedPersons.Clear();
        if (sealedPart.CalculateSize() > 0)
        {
            personal.Listing = sealedPart;
        }
    }

    private static void MoveSubject(Listing listing, Listing sealedPart)
    {
        sealedPart.Subject = listing.Subject;
        sealedPart.SubjectToken = listing.SubjectToken;
        sealedPart.SubjectName = listing.SubjectName;
        sealedPart.Reason = listing.Reason;
        sealedPart.SourceRef = listing.SourceRef;
        sealedPart.OtherIds.Add(listing.OtherIds);
        listing.Subject = null;
        listing.SubjectToken = null;
        listing.SubjectName = "";
        listing.Reason = "";
        listing.SourceRef = "";
        listing.OtherIds.Clear();
        // The number of a decision about one person names that person to whoever looks it up.
        if (listing.Document is { Number.Length: > 0 } decision)
        {
            sealedPart.Document = new DecisionDocument { Number = decision.Number };
            decision.Number = "";
        }

        if (listing.Ending?.Document is { Number.Length: > 0 } ended)
        {
            sealedPart.Ending = new Ending { Document = new DecisionDocument { Number = ended.Number } };
            ended.Number = "";
        }

        if (listing.Notice is { } notice && (notice.Manner.Length > 0 || notice.Remedies.Length > 0))
        {
            sealedPart.Notice = new Notice { Manner = notice.Manner, Remedies = notice.Remedies };
            notice.Manner = "";
            notice.Remedies = "";
        }
    }

    private static void MoveReason(LedgerEvent open, LedgerEvent personal)
    {
        personal.Reason = open.Reason;
        open.Reason = "";
    }

    private static bool HoldsPerson(SubjectLink link) =>
        (link.From is not null && SubjectIds.IsNaturalPerson(link.From.Kind))
        || (link.To is not null && SubjectIds.IsNaturalPerson(link.To.Kind));
}
