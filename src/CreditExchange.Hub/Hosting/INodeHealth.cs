using CreditExchange.Hub.Views;
using CreditExchange.Lookup;

namespace CreditExchange.Hub.Hosting;

/// <summary>Whether a node's views can be asked at all; how far they are is told by its progress.</summary>
public interface INodeHealth
{
    /// <summary>Why the views can't be asked, in one line; null when they can.</summary>
    string? Fault();
}

/// <summary>That of a full node.</summary>
public sealed class FullHealth(LookupView view, LedgerFollower follower) : INodeHealth
{
    /// <inheritdoc/>
    public string? Fault() =>
        !view.HasCatalogue ? "no catalogue is in force: activate one with cx catalogue activate"
        : follower.HasFailed ? $"the views stopped at position {view.Position}: see the log, then restart"
        : null;
}
