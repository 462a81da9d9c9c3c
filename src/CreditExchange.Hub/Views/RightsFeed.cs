using CreditExchange.Hub.Access;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Views;

/// <summary>Feeds the agencies' rights and the revoked tokens from the ledger.</summary>
public sealed class RightsFeed(RightsView rights, TimeProvider time) : ILedgerView
{
    /// <inheritdoc/>
    public void Apply(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry> subjects)
    {
        if (open.BodyCase == LedgerEvent.BodyOneofCase.Agency)
        {
            rights.Apply(stored.Entity, open.Agency);
        }
        else if (open.BodyCase == LedgerEvent.BodyOneofCase.TokenRevocation)
        {
            rights.Revoke(open.TokenRevocation, time.GetUtcNow());
        }
    }
}
