using CreditExchange.Client.Streams.Following;

namespace CreditExchange.Streaming.Inbound;

/// <summary>What the hub makes of a partner's events: by the same rules, whichever way they came.</summary>
public interface IPartnerEvents
{
    /// <summary>Takes an event. It may come twice, with the same position.</summary>
    /// <param name="partner">Whose.</param>
    /// <param name="told">The event.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Empty: taken, or held until an agreement gives it effect; else the stable reason for which it is refused.</returns>
    ValueTask<string> TakeAsync(string partner, StreamEvent told, CancellationToken cancellation);
}
