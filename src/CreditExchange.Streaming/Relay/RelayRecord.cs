using CreditExchange.Client.Streams;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Streaming.Relay;

/// <summary>One event as it goes into the topics.</summary>
/// <param name="Position">Its position.</param>
/// <param name="RecordedAt">When it was recorded: the records' timestamp.</param>
/// <param name="Kind">Its kind's name without prefix.</param>
/// <param name="Commitment">32 bytes.</param>
/// <param name="Key">The key in the events' topic: the subject's token, or "event-" and the entity.</param>
/// <param name="Value">A LedgerEvent.</param>
/// <param name="ListingId">The key in the state's topic; empty: the event changes no state that the audience has.</param>
/// <param name="IsGone">Whether the state's record is a tombstone.</param>
/// <param name="HasContent">Whether any content of a listing leaves with it.</param>
internal sealed record RelayRecord(
    long Position, DateTimeOffset RecordedAt, string Kind, byte[] Commitment, string Key, byte[] Value, string ListingId, bool IsGone, bool HasContent)
{
    /// <summary>Makes the record of an event for an audience.</summary>
    public static RelayRecord Of(StoredEvent stored, Audience audience, IAudienceEvents events, ILedger ledger)
    {
        var (whole, seen) = events.See(stored, audience);
        var listing = whole.Listing;
        var listingId = seen.Listing?.ListingId ?? seen.Erasure?.ListingId ?? "";
        var isGone = seen.Erasure is not null || (listing is not null && ListingStateMachine.IsFinal(listing.State));
        // Who may not see a listing is not told either that two of them are one subject's.
        var key = listing?.Subject is not null && (seen.Redaction is Redaction.Unspecified or Redaction.Ended)
            ? Convert.ToHexStringLower(audience.TokenOf(listing!.Subject).Value.Span)
            : $"event-{stored.Entity}";
        if (seen.Listing is not null)
        {
            Protect(seen, listing!, isGone, stored, audience, ledger);
        }

        // What was taken back since is not state any more; the end itself comes as its own event.
        return new RelayRecord(
            stored.Position, stored.RecordedAt, EventKindNames.Of(stored.Kind), stored.Commitment.ToArray(), key, seen.ToByteArray(),
            listingId, isGone, seen.BodyCase is LedgerEvent.BodyOneofCase.Listing or LedgerEvent.BodyOneofCase.SealedListing);
    }

    // Content about natural persons stands in a topic sealed, and of an ended listing, whose key nobody gets, only its end.
    private static void Protect(LedgerEvent seen, Listing listing, bool isFinal, StoredEvent stored, Audience audience, ILedger ledger)
    {
        if (listing.Subject is { } subject && !SubjectIds.IsNaturalPerson(subject.Kind) && seen.Listing.RelatedPersons.Count == 0)
        {
            return;
        }

        if (isFinal)
        {
            seen.Listing = new Listing
            {
                ListingId = seen.Listing.ListingId,
                Revision = seen.Listing.Revision,
                State = seen.Listing.State,
                SubjectToken = seen.Listing.SubjectToken,
                Position = seen.Listing.Position,
            };
            seen.Reason = "";
            seen.Actor = "";
            seen.Opening = null;
        }
        else if (ledger.ContentKey(stored.Entity, audience.Name) is { } key)
        {
            SealedContent.Seal(seen, ledger.LedgerId, key);
        }
        else
        {
            // Erased between the read and now.
            seen.Listing = null;
            seen.Redaction = Redaction.Erased;
        }
    }
}
