using CreditExchange.Ledger;

namespace CreditExchange.Hub.Registry;

/// <summary>A write that is in the ledger.</summary>
/// <param name="Event">The event that the request made.</param>
/// <param name="Replayed">Whether the request made it earlier, and this one is its retry.</param>
public readonly record struct Written(StoredEvent Event, bool Replayed);
