using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Views;

/// <summary>
/// The newest events, unsealed once for all who follow them: a thousand watchers of one event must not mean a thousand
/// decryptions. Events are shared and not to be changed.
/// </summary>
public sealed class OpenedEvents(ILedger ledger)
{
    // A power of two; about as many as a group commit makes.
    private const int Size = 8_192;
    private readonly LedgerEvent?[] ring = new LedgerEvent?[Size];

    /// <summary>The whole event.</summary>
    public LedgerEvent Get(StoredEvent stored)
    {
        ref var slot = ref ring[stored.Position & (Size - 1)];
        var known = Volatile.Read(ref slot);
        if (known is not null && known.Position == stored.Position)
        {
            return known;
        }

        var opened = ledger.Open(stored);
        // Only what is near the head is shared; a replay from the start would only push it out.
        if (stored.Position > ledger.Head - Size)
        {
            Volatile.Write(ref slot, opened);
        }

        return opened;
    }

    /// <summary>Forgets an event, after an erasure.</summary>
    public void Forget(long position) => Volatile.Write(ref ring[position & (Size - 1)], null);
}
