using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Listings;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Lookup;

/// <summary>The state of each kind of entity from its newest event: what the hub's writers give the ledger with it.</summary>
public sealed class EventProjection : IStateProjection
{
    private readonly List<(long Position, CatalogueIndex Index)> catalogues = [];

    /// <inheritdoc/>
    public void Activated(long position, byte[] catalogue) =>
        catalogues.Add((position, new CatalogueIndex(Catalogue.Parser.ParseFrom(catalogue))));

    /// <inheritdoc/>
    public ProjectedState Project(StoredEvent stored, LedgerEvent whole, HubKeys keys) => whole.BodyCase switch
    {
        LedgerEvent.BodyOneofCase.Listing => OfListing(stored.Position, whole.Listing, keys),
        LedgerEvent.BodyOneofCase.SubjectLink => new ProjectedState(
            ListingState.Unspecified, whole.SubjectLink.Active, SubjectEntries.Of(whole.SubjectLink, keys),
            SourceKeys.Link(keys, whole.SubjectLink.From, whole.SubjectLink.To)),
        LedgerEvent.BodyOneofCase.LegalHold => new ProjectedState(
            ListingState.Unspecified, whole.LegalHold.Active, [],
            SourceKeys.Hold(keys, whole.LegalHold.ListingId, whole.LegalHold.Agency)),
        LedgerEvent.BodyOneofCase.Agency => new ProjectedState(
            ListingState.Unspecified, true, [], SourceKeys.Agency(keys, whole.Agency.AgencyId)),
        // The id of an agreement is never given again.
        LedgerEvent.BodyOneofCase.Agreement => new ProjectedState(
            ListingState.Unspecified, true, [], SourceKeys.Agreement(keys, whole.Agreement.AgreementId)),
        LedgerEvent.BodyOneofCase.ListingFlag => new ProjectedState(
            ListingState.Unspecified, whole.ListingFlag.Active, [], SourceKeys.Flag(keys, whole.ListingFlag.ListingId)),
        LedgerEvent.BodyOneofCase.Provenance => new ProjectedState(
            ListingState.Unspecified, true, [],
            SourceKeys.Recognised(keys, whole.Provenance.Origin.LedgerId, whole.Provenance.Origin.ListingId)),
        LedgerEvent.BodyOneofCase.Epoch => new ProjectedState(ListingState.Unspecified, false, [], null),
        _ => new ProjectedState(ListingState.Unspecified, true, [], null),
    };

    private ProjectedState OfListing(long position, Listing listing, HubKeys keys) => new(
        listing.State,
        // What the origin tells of a recognised listing after its end must still find it.
        listing.Origin.Agreement.Length > 0 || !ListingStateMachine.IsFinal(listing.State),
        SubjectEntries.Of(listing, keys, CatalogueAt(position)),
        listing.Origin.Agreement.Length > 0
            ? SourceKeys.Recognised(keys, listing.Origin.LedgerId, listing.Origin.ListingId)
            : SourceKeys.Listing(keys, listing.Origin.Agency, listing.ListCode, listing.Subject, listing.SourceRef));

    private CatalogueIndex CatalogueAt(long position)
    {
        for (var i = catalogues.Count - 1; i > 0; i--)
        {
            if (catalogues[i].Position < position)
            {
                return catalogues[i].Index;
            }
        }

        return catalogues.Count > 0 ? catalogues[0].Index : throw new InvalidOperationException("The ledger has a listing before its first catalogue.");
    }
}
