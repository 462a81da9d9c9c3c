using CreditExchange.Ledger;
using CreditExchange.Lookup;

namespace CreditExchange.Hub.Lookup;

/// <summary>How far a node's view is, and what it knows of the ledger's head.</summary>
public interface IViewProgress
{
    /// <summary>Ledger and epoch.</summary>
    string LedgerId { get; }

    /// <summary>The position that checks reflect.</summary>
    long Position { get; }

    /// <summary>When that was last known to be the head.</summary>
    DateTimeOffset FreshAt { get; }

    /// <summary>The head as far as the node knows.</summary>
    long Head { get; }

    /// <summary>Whether <see cref="Head"/> is always the ledger's own, so that nobody has to be asked.</summary>
    bool IsAtLedger { get; }

    /// <summary>Asks for the head; false: nobody answered within the time.</summary>
    ValueTask<bool> AskHeadAsync(TimeSpan atMost, CancellationToken cancellation);

    /// <summary>The last position in common with another ledger id; 0 for one that isn't known.</summary>
    long CommonWith(string ledgerId);

    /// <summary>Completes when the position is reached; false when the time was over first.</summary>
    Task<bool> WaitForAsync(long position, TimeSpan atMost, TimeProvider time, CancellationToken cancellation);
}

/// <summary>That of a full node.</summary>
public sealed class LedgerProgress(ILedger ledger, LookupView view) : IViewProgress
{
    /// <inheritdoc/>
    public string LedgerId => ledger.LedgerId;

    /// <inheritdoc/>
    public long Position => view.Position;

    /// <inheritdoc/>
    public DateTimeOffset FreshAt => view.FreshAt;

    /// <inheritdoc/>
    public long Head => ledger.Head;

    /// <inheritdoc/>
    public bool IsAtLedger => true;

    /// <inheritdoc/>
    public ValueTask<bool> AskHeadAsync(TimeSpan atMost, CancellationToken cancellation) => ValueTask.FromResult(true);

    /// <inheritdoc/>
    public long CommonWith(string ledgerId) => ledger.CommonWith(ledgerId);

    /// <inheritdoc/>
    public Task<bool> WaitForAsync(long position, TimeSpan atMost, TimeProvider time, CancellationToken cancellation) =>
        view.WaitForAsync(position, atMost, time, cancellation);
}
