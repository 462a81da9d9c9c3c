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

    // Weak, so that a collection may take what nobody is sending just now: thousands of parsed events that it had to copy made
    // pauses of 50 ms.
    private readonly WeakReference<LedgerEvent?>[] ring =
        [.. Enumerable.Range(0, Size).Select(_ => new WeakReference<LedgerEvent?>(null))];

    /// <summary>The whole event.</summary>
    public LedgerEvent Get(StoredEvent stored)
    {
        var slot = ring[stored.Position & (Size - 1)];
        if (slot.TryGetTarget(out var known) && known.Position == stored.Position)
        {
            return known;
        }

        var opened = ledger.Open(stored);
        // Only what is near the head is shared; a replay from the start would only push it out.
        if (stored.Position > ledger.Head - Size)
        {
            slot.SetTarget(opened);
        }

        return opened;
    }

    /// <summary>Forgets an event, after an erasure.</summary>
    public void Forget(long position) => ring[position & (Size - 1)].SetTarget(null);
}
