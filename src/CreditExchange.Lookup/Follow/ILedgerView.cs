using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Lookup;

/// <summary>A view of the ledger, fed in order by one follower.</summary>
public interface ILedgerView
{
    /// <summary>Takes over an event, or, at the start, an entity's newest one.</summary>
    /// <param name="stored">The event as stored.</param>
    /// <param name="open">Its open part.</param>
    /// <param name="subjects">Subjects under which its entity is found.</param>
    void Apply(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry> subjects);
}
