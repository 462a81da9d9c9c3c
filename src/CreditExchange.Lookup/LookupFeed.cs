using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Lookup;

/// <summary>Feeds the lookup view from the ledger: listings, links and catalogues. Nothing is unsealed for it.</summary>
public sealed class LookupFeed(LookupView view, ILedger ledger) : ILedgerView
{
    // Roles of the two ids of a link in the ledger's subject entries.
    internal const byte LinkFrom = 1;
    internal const byte LinkTo = 2;

    private (SubjectKey, ListingFact)[] buffer = new (SubjectKey, ListingFact)[8];

    /// <inheritdoc/>
    public void Apply(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry> subjects)
    {
        switch (open.BodyCase)
        {
            case LedgerEvent.BodyOneofCase.Listing:
                ApplyListing(stored, open.Listing, subjects);
                break;
            case LedgerEvent.BodyOneofCase.SubjectLink:
                ApplyLink(stored, open.SubjectLink, subjects);
                break;
            case LedgerEvent.BodyOneofCase.Erasure:
                view.RemoveListing(stored.Entity);
                break;
            case LedgerEvent.BodyOneofCase.Catalogue:
                var bytes = ledger.Catalogue(open.Catalogue.Digest)
                    ?? throw new InvalidOperationException($"The catalogue of position {stored.Position} is not in the store.");
                view.ApplyCatalogue(new CatalogueIndex(Catalogue.Parser.ParseFrom(bytes)), stored.Position);
                break;
        }
    }

    private void ApplyListing(StoredEvent stored, Listing listing, IReadOnlyList<SubjectEntry> subjects)
    {
        if (buffer.Length < subjects.Count)
        {
            buffer = new (SubjectKey, ListingFact)[subjects.Count];
        }

        var shared = ListingFacts.From(stored.Entity, stored.Position, listing);
        for (var i = 0; i < subjects.Count; i++)
        {
            var entry = subjects[i];
            var (role, isReverse) = RoleNumbers.Read(view.Catalogue, entry.Role);
            buffer[i] = (entry.Key, shared with { Role = role, IsReverse = isReverse, NameTag = entry.NameTag });
        }

        view.ApplyListing(stored.Entity, new EntityState(listing.State, stored.Position, []), buffer.AsSpan(0, subjects.Count));
    }

    private void ApplyLink(StoredEvent stored, SubjectLink link, IReadOnlyList<SubjectEntry> subjects)
    {
        for (var i = 0; i + 1 < subjects.Count; i += 2)
        {
            if (subjects[i] is { Role: LinkFrom } from && subjects[i + 1] is { Role: LinkTo } to)
            {
                view.ApplyLink(stored.Entity, from.Key, to.Key, link.Relation, link.Active);
            }
        }
    }
}
