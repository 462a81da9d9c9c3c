using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Recognition;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Terms;

/// <summary>
/// Confirms by events what the clock did: scheduled listings that came into force, terms that ended. Verdicts don't wait
/// for it. Its events are appended behind other work, so a midnight with a million of them delays nobody.
/// </summary>
public sealed class TermEnds(
    ILedger ledger, TermQueue queue, ListingWriter writer, LookupView view, TimeProvider time, ILogger<TermEnds> logger)
    : BackgroundService
{
    // Alone, large groups share an fsync. Beside others' writes a publish must not wait for more than a few rows: with 256 of
    // ours in the group under way the median publish took ten times as long.
    private const int Alone = 256;
    private const int Beside = 16;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);
    private long othersAt;
    private long headSeen;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                LookForOthers(0);
                while (await ConfirmBatchAsync(stoppingToken))
                {
                    // A full batch: more is due.
                    stoppingToken.ThrowIfCancellationRequested();
                }
            }
            catch (LedgerUnavailableException error)
            {
                TermLog.Unavailable(logger, error);
            }
        }
    }

    // Whether more is due.
    private async Task<bool> ConfirmBatchAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var started = time.GetTimestamp();
        var beside = time.GetElapsedTime(othersAt) < Quiet;
        var most = beside ? Beside : Alone;
        var due = queue.TakeDue(now, most);
        if (due.Count == 0)
        {
            return false;
        }

        var confirmed = await Task.WhenAll(due.Select(term => ConfirmAsync(term, now, cancellation)));
        LookForOthers(confirmed.Count(c => c));
        if (beside && due.Count == most)
        {
            // Half of the time belongs to the others.
            var took = time.GetElapsedTime(started);
            await Task.Delay(took < LongestPause ? took : LongestPause, time, cancellation);
        }

        return due.Count == most;
    }

    // Whose events stand in the ledger beside ours.
    private void LookForOthers(int ours)
    {
        var head = ledger.Head;
        if (head - headSeen > ours)
        {
            othersAt = time.GetTimestamp();
        }

        headSeen = head;
    }

    private async Task<bool> ConfirmAsync(Term term, DateTimeOffset now, CancellationToken cancellation)
    {
        var last = ledger.Last(term.Entity);
        if (last is null || last.Position != term.Position || last.IsErased)
        {
            return false;
        }

        try
        {
            var current = ledger.Open(last).Listing;
            var context = new ListingContext(view.Catalogue, new Agency { AgencyId = HubWriter.Hub }, now);
            var ends = ListingTimes.StateAt(current, now) == ListingState.Expired;
            var after = current.Origin.Agreement.Length > 0 ? RecognisedRules.ByClock(current, now)
                : ends ? ListingRules.Expire(current, context) : ListingRules.Activate(current, context);
            after.Position = 0;
            var kind = ends ? EventKind.Expired : EventKind.Activated;
            var draft = writer.Draft(
                term.Entity,
                new LedgerEvent { Kind = kind, Listing = after, Actor = HubWriter.Hub },
                request: null,
                content: null,
                source: null,
                background: true);
            // A stale revision means that somebody changed the listing meanwhile; its new event stands in the queue itself.
            if (await ledger.AppendAsync(draft, cancellation) is AppendResult.Committed)
            {
                TermLog.Confirmed(logger, kind, term.Entity);
                return true;
            }

            return false;
        }
        catch (LedgerUnavailableException)
        {
            queue.PutBack(term, now);
            throw;
        }
    }
}

internal static partial class TermLog
{
    [LoggerMessage(4000, LogLevel.Debug, "{Kind} confirmed for entity {Entity}.", EventName = "TermConfirmed")]
    public static partial void Confirmed(ILogger logger, EventKind kind, long entity);

    [LoggerMessage(4001, LogLevel.Error, "Terms can't be confirmed now; they are tried again.", EventName = "TermsWaiting")]
    public static partial void Unavailable(ILogger logger, Exception error);
}
