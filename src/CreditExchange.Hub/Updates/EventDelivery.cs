using CreditExchange.Domain.Masks;
using CreditExchange.Hub.Views;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Updates;

/// <summary>Turns a stored event into what one recipient may see of it: the one way from the ledger to a watcher.</summary>
public sealed class EventDelivery(ILedger ledger, OpenedEvents opened, LookupView view, SubjectTokens tokens)
{
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(2);

    /// <summary>The event as a watcher may see it; null where the watcher's filter leaves it out.</summary>
    public LedgerEvent? ToWatcher(StoredEvent stored, Viewer viewer, UpdateFilter filter)
    {
        var whole = opened.Get(stored);
        if (!filter.Passes(whole.Listing ?? Erased(stored, filter)))
        {
            return null;
        }

        var message = Mask(stored, whole, viewer, tokens.For(viewer.AgencyId));
        // Under a filter a redacted event would tell which list it belongs to; without one every position is told.
        return !filter.IsOpen && message.Redaction == Redaction.Right ? null : message;
    }

    /// <summary>The event whole, and as one audience of a stream may see it, with tokens of its own.</summary>
    public (LedgerEvent Whole, LedgerEvent Seen) ToAudience(StoredEvent stored, Viewer viewer, Func<SubjectId, SubjectToken> token)
    {
        var whole = opened.Get(stored);
        return (whole, Mask(stored, whole, viewer, token));
    }

    /// <summary>Waits until the states by which events are masked are those of a position; two seconds at most, then by what is known.</summary>
    public Task ReachAsync(long position, TimeProvider time, CancellationToken cancellation) =>
        view.WaitForAsync(position, MostWait, time, cancellation);

    /// <summary>Whether a watcher gets content of an event, and of which listing; empty: of something else.</summary>
    public bool Shows(StoredEvent stored, Viewer viewer, UpdateFilter filter, out string listingId)
    {
        var whole = opened.Get(stored);
        listingId = whole.Listing?.ListingId ?? "";
        return filter.Passes(whole.Listing) && view.MaskedEvents.Shows(whole, StateOf(stored, whole), IsErased(stored), viewer);
    }

    // Who follows a list must hear of an erasure on it; what is left of the listing tells the list.
    private Listing? Erased(StoredEvent stored, UpdateFilter filter) =>
        !filter.IsOpen && stored.Kind == EventKind.Erased && ledger.At(stored.Entity, stored.Position - 1) is { } last
            ? ledger.OpenPart(last).Listing
            : null;

    private bool IsErased(StoredEvent stored) =>
        stored.IsErased || ledger.ErasedAt(stored.Entity) is not null;

    private LedgerEvent Mask(StoredEvent stored, LedgerEvent whole, Viewer viewer, Func<SubjectId, SubjectToken> token) =>
        view.MaskedEvents.Apply(whole, StateOf(stored, whole), IsErased(stored), viewer, token);

    private ListingState StateOf(StoredEvent stored, LedgerEvent whole) =>
        whole.Listing is null ? ListingState.Unspecified : view.StateOf(stored.Entity) ?? whole.Listing.State;
}
