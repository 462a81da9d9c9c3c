using System.Globalization;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Ledger;
using CreditExchange.Lookup.Effects;
using CreditExchange.V1;

namespace CreditExchange.Lookup;

/// <summary>Feeds the lookup view from the ledger: listings, links and catalogues. Nothing is unsealed for it.</summary>
public sealed class LookupFeed(LookupView view, ILedger ledger) : ILedgerView
{
    // Roles of the two ids of a link in the ledger's subject entries.
    internal const byte LinkFrom = 1;
    internal const byte LinkTo = 2;

    private (SubjectKey, SubjectEffect)[] buffer = new (SubjectKey, SubjectEffect)[8];

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
            case LedgerEvent.BodyOneofCase.Agreement:
                view.ApplyAgreement(open.Agreement);
                break;
            case LedgerEvent.BodyOneofCase.ListingFlag:
                view.ApplyFlag(FlaggedListing(open.ListingFlag), FlaggedUntil(open.ListingFlag));
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

    /// <summary>The ledger's number of the listing that a flag is about.</summary>
    public static long FlaggedListing(ListingFlag flag) => long.Parse(
        flag.ListingId.AsSpan(flag.ListingId.IndexOf('-', StringComparison.Ordinal) + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Until when a flag holds, UTC ticks, exclusive; 0: it was taken back.</summary>
    public static long FlaggedUntil(ListingFlag flag) => flag.Active ? flag.Until.ToDateTimeOffset().UtcTicks : 0;

    /// <summary>Files a listing or link under another version of the subject key too.</summary>
    /// <param name="stored">Its event, as the view has it.</param>
    /// <param name="whole">The same, opened.</param>
    /// <param name="version">The key.</param>
    public void FileUnder(StoredEvent stored, LedgerEvent whole, SubjectKeyer version)
    {
        if (whole.SubjectLink is { From: not null, To: not null } link)
        {
            view.AddLinkKeys(stored.Entity, version.Compute(link.From), version.Compute(link.To));
        }
        else if (whole.Listing?.Subject is not null)
        {
            var facts = new List<(SubjectId Id, ListingFact Fact)>();
            ListingFacts.From(stored.Entity, whole.Listing, name => NameTags.Compute(ledger.Keys.Request, name), facts);
            var made = new (SubjectKey, SubjectEffect)[facts.Count];
            for (var i = 0; i < made.Length; i++)
            {
                made[i] = (version.Compute(facts[i].Id), EffectOf(facts[i].Fact, stored));
            }

            view.AddSubjects(stored.Entity, stored.Position, made);
        }
    }

    private void ApplyListing(StoredEvent stored, Listing listing, IReadOnlyList<SubjectEntry> subjects)
    {
        if (buffer.Length < subjects.Count)
        {
            buffer = new (SubjectKey, SubjectEffect)[subjects.Count];
        }

        var shared = ListingFacts.From(stored.Entity, listing);
        for (var i = 0; i < subjects.Count; i++)
        {
            var entry = subjects[i];
            var (role, isReverse) = RoleNumbers.Read(view.Catalogue, entry.Role);
            buffer[i] = (entry.Key, EffectOf(shared with { Role = role, IsReverse = isReverse, NameTag = entry.NameTag }, stored));
        }

        view.ApplyListing(stored.Entity, listing.State, stored.Position, buffer.AsSpan(0, subjects.Count));
    }

    private SubjectEffect EffectOf(in ListingFact fact, StoredEvent stored) =>
        SubjectEffect.Of(fact, view.Codes, stored.RecordedAt.UtcTicks);

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
