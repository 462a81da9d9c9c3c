using CreditExchange.Client.Streams.Following;
using CreditExchange.Hub.Access;
using CreditExchange.Streaming.Inbound;
using CreditExchange.V1;

namespace CreditExchange.Hub.Streams.Inbound;

/// <summary>
/// What the hub makes of a partner's events: it judges their form. Without an agreement nothing of a partner counts here, so what is well formed
/// is read, proved to be whole, and held.
/// </summary>
public sealed class PartnerEvents(RightsView rights) : IPartnerEvents
{
    /// <inheritdoc/>
    public ValueTask<string> TakeAsync(string partner, StreamEvent told, CancellationToken cancellation) => ValueTask.FromResult(ReasonAgainst(partner, told.Event));

    private string ReasonAgainst(string partner, LedgerEvent told)
    {
        if (rights.Find(partner) is not { Revoked: false, Kind: AgencyKind.PartnerHub })
        {
            return "PARTNER_UNKNOWN";
        }

        if (told.Kind == EventKind.Unspecified || !Enum.IsDefined(told.Kind))
        {
            return "KIND_UNKNOWN";
        }

        return told.BodyCase switch
        {
            LedgerEvent.BodyOneofCase.Listing when told.Listing.ListingId.Length == 0 || told.Listing.Revision < 1 || !Enum.IsDefined(told.Listing.State) => "LISTING_INCOMPLETE",
            LedgerEvent.BodyOneofCase.SealedListing when told.SealedListing.ListingId.Length == 0 || told.SealedListing.Revision < 1 => "LISTING_INCOMPLETE",
            LedgerEvent.BodyOneofCase.None when told.Redaction == Redaction.Unspecified => "CONTENT_MISSING",
            _ => "",
        };
    }
}
