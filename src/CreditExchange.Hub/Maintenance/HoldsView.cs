using CreditExchange.Hub.Views;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Maintenance;

/// <summary>Which listings are held, by whom: a view of the ledger. Also lets go of what is opened of an erased listing.</summary>
public sealed class HoldsView(ILedger ledger, OpenedEvents opened) : ILedgerView
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, SortedDictionary<string, long>> holds = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Apply(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry> subjects)
    {
        if (open.BodyCase == LedgerEvent.BodyOneofCase.Erasure)
        {
            for (var of = ledger.At(stored.Entity, stored.Position - 1); of is not null; of = ledger.At(stored.Entity, of.Position - 1))
            {
                opened.Forget(of.Position);
            }
        }

        if (open.LegalHold is not { } hold)
        {
            return;
        }

        lock (gate)
        {
            if (!holds.TryGetValue(hold.ListingId, out var agencies))
            {
                holds[hold.ListingId] = agencies = new(StringComparer.Ordinal);
            }

            if (hold.Active)
            {
                agencies[hold.Agency] = stored.Entity;
            }
            else if (agencies.Remove(hold.Agency) && agencies.Count == 0)
            {
                holds.Remove(hold.ListingId);
            }
        }
    }

    /// <summary>The first agency that holds a listing; null: none does.</summary>
    public string? HolderOf(string listingId)
    {
        lock (gate)
        {
            return holds.TryGetValue(listingId, out var agencies) ? agencies.Keys.FirstOrDefault() : null;
        }
    }

    /// <summary>The entity of an agency's hold of a listing; null: it doesn't hold it.</summary>
    public long? Find(string listingId, string agency)
    {
        lock (gate)
        {
            return holds.TryGetValue(listingId, out var agencies) && agencies.TryGetValue(agency, out var entity) ? entity : null;
        }
    }
}
