using CreditExchange.Hub.Views;
using CreditExchange.Ledger;
using CreditExchange.Lookup;

namespace CreditExchange.Hub.Hosting;

/// <summary>How a node's views are.</summary>
public interface INodeHealth
{
    /// <summary>When the views' position was last known to be the head.</summary>
    DateTimeOffset FreshAt { get; }

    /// <summary>The position that checks reflect.</summary>
    long Position { get; }

    /// <summary>The ledger's head as far as the node knows.</summary>
    long Head { get; }

    /// <summary>Why the views can't be asked, in one line; null when they can.</summary>
    string? Fault();
}

/// <summary>That of a full node.</summary>
public sealed class FullHealth(ILedger ledger, LookupView view, LedgerFollower follower) : INodeHealth
{
    /// <inheritdoc/>
    public DateTimeOffset FreshAt => view.FreshAt;

    /// <inheritdoc/>
    public long Position => view.Position;

    /// <inheritdoc/>
    public long Head => ledger.Head;

    /// <inheritdoc/>
    public string? Fault() =>
        !view.HasCatalogue ? "no catalogue is in force: activate one with cx catalogue activate"
        : follower.HasFailed ? $"the views stopped at position {view.Position}: see the log, then restart"
        : null;
}
