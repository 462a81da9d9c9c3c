using System.Collections.Concurrent;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>Which versions of its token key live for each partner: a view of the ledger. Before the first rotation version 1 lives.</summary>
public sealed class PartnerKeyVersions : ILedgerView
{
    private static readonly uint[] First = [1];
    private readonly ConcurrentDictionary<string, (long Entity, uint[] Versions)> known = new(StringComparer.Ordinal);
    private int changes;

    /// <summary>Grows when versions come or go.</summary>
    public int Changes => Volatile.Read(ref changes);

    /// <summary>The versions, oldest first; at least one.</summary>
    public IReadOnlyList<uint> Of(string region) => known.TryGetValue(region, out var found) ? found.Versions : First;

    /// <summary>The ledger's number of a partner's keys; null: they were never rotated.</summary>
    public long? EntityOf(string region) => known.TryGetValue(region, out var found) ? found.Entity : null;

    /// <inheritdoc/>
    public void Apply(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry> subjects)
    {
        if (open.BodyCase == LedgerEvent.BodyOneofCase.PartnerKeys)
        {
            known[open.PartnerKeys.Region] = (stored.Entity, [.. open.PartnerKeys.Versions]);
            Interlocked.Increment(ref changes);
        }
    }
}
