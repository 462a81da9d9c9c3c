using System.Globalization;
using System.Security.Cryptography;
using CreditExchange.Client.Streams;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;
using CreditExchange.V1;

namespace CreditExchange.Streaming.Relay;

/// <summary>Makes the records of events for an audience: masked, sealed, as bytes. Safe for many threads.</summary>
/// <param name="ledger">Has events and keys.</param>
/// <param name="events">What the audience may see.</param>
/// <param name="audience">For whom.</param>
/// <param name="partitions">Of each topic.</param>
internal sealed class PageMaker(ILedger ledger, IAudienceEvents events, Audience audience, int partitions)
{
    private const int NonceSize = 12;

    /// <summary>Reads events and makes their records.</summary>
    /// <param name="page">Where to put them.</param>
    /// <param name="from">The first position.</param>
    /// <param name="count">How many; the ledger has them.</param>
    public void Fill(RelayPage page, long from, int count)
    {
        page.Clear();
        var stored = ledger.Read(from, count);
        if (stored.Count != count)
        {
            throw new LedgerUnavailableException($"The ledger gave {stored.Count} of {count} events from position {from}.");
        }

        ledger.WillOpen(stored);
        // All at once: the call costs as much as a seal.
        var nonces = RandomNumberGenerator.GetBytes(count * NonceSize);
        for (var i = 0; i < count; i++)
        {
            Add(page, stored[i], nonces.AsSpan(i * NonceSize, NonceSize));
        }
    }

    private void Add(RelayPage page, StoredEvent stored, ReadOnlySpan<byte> nonce)
    {
        var (whole, seen) = events.See(stored, audience);
        var listing = whole.Listing;
        var isGone = seen.Erasure is not null || (listing is not null && ListingStateMachine.IsFinal(listing.State));
        var listingId = seen.Listing?.ListingId ?? seen.Erasure?.ListingId ?? "";
        Span<char> key = stackalloc char[32];
        int length;
        // Who may not see a listing is not told either that two of them are one subject's.
        if (listing?.Subject is { } of && (seen.Redaction is Redaction.Unspecified or Redaction.Ended))
        {
            var token = seen.Listing?.SubjectToken ?? audience.TokenOf(of);
            Convert.TryToHexStringLower(token.Value.Span, key, out length);
        }
        else
        {
            key.TryWrite(CultureInfo.InvariantCulture, $"event-{stored.Entity}", out length);
        }

        if (seen.Listing is not null)
        {
            Protect(seen, listing!, isGone, stored, nonce);
        }

        // What was taken back since is not state any more; the end itself comes as its own event.
        page.Add(stored, key[..length], listingId, seen, isGone, partitions);
    }

    // Content about natural persons stands in a topic sealed, and of an ended listing, whose key nobody gets, only its end.
    private void Protect(LedgerEvent seen, Listing listing, bool isFinal, StoredEvent stored, ReadOnlySpan<byte> nonce)
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
            SealedContent.Seal(seen, ledger.LedgerId, key, nonce);
        }
        else
        {
            // Erased between the read and now.
            seen.Listing = null;
            seen.Redaction = Redaction.Erased;
        }
    }
}
