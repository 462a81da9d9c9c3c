using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;
using CreditExchange.V1;

namespace CreditExchange.Streaming.Relay;

/// <summary>What the relay asks the hub: what an audience may see, and to write down that it leaves. Safe for many threads.</summary>
public interface IAudienceEvents
{
    /// <summary>Waits until the states by which events are masked are those of a position.</summary>
    Task ReachAsync(long position, CancellationToken cancellation);

    /// <summary>The event whole, and as the audience may see it; the second may be changed.</summary>
    (LedgerEvent Whole, LedgerEvent Seen) See(StoredEvent stored, Audience audience);

    /// <summary>Writes down that content is about to leave: no log, no delivery.</summary>
    /// <param name="audience">To whom.</param>
    /// <param name="from">First position.</param>
    /// <param name="to">Last position.</param>
    /// <param name="listingIds">The listings with content among them.</param>
    void Delivering(Audience audience, long from, long to, IReadOnlyList<string> listingIds);
}
