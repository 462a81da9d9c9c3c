using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Lookup;

/// <summary>
/// Makes sure that the view is as fresh as asked for, or says UNAVAILABLE. Never lets an older answer through.
/// </summary>
public sealed class Freshness(IViewProgress view, TimeProvider time)
{
    /// <summary>The longest wait for a position.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);

    /// <summary>Returns when the view may be read, normally at once.</summary>
    /// <param name="minPosition">Position that the answer must reflect at least; 0: any.</param>
    /// <param name="ledgerId">Ledger that the position belongs to; empty: not checked.</param>
    /// <param name="asked">Most age that the caller takes; null: the matter's.</param>
    /// <param name="matter">Most age that the matter takes.</param>
    /// <param name="deadline">The call's deadline, UTC.</param>
    /// <param name="cancellation">The call's token.</param>
    /// <exception cref="RuleViolation">POSITION_AHEAD, LEDGER_DIVERGED, DURATION_INVALID or NOT_FRESH.</exception>
    public ValueTask EnsureAsync(
        long minPosition, string ledgerId, Duration? asked, TimeSpan matter, DateTime deadline, CancellationToken cancellation)
    {
        var bound = asked is null ? matter : Smaller(matter, Read(asked));
        // Who doesn't hold the ledger asks for its head where that matters.
        return !view.IsAtLedger && (bound == TimeSpan.Zero || minPosition > view.Head || !IsFresh(bound))
            ? AskAsync(minPosition, ledgerId, bound, deadline, cancellation)
            : EnsureAsync(minPosition, ledgerId, bound, deadline, cancellation);
    }

    /// <summary>The time that a call may still take, two seconds at most.</summary>
    public TimeSpan Left(DateTime deadline) =>
        deadline == DateTime.MaxValue ? MaxWait : Smaller(MaxWait, deadline - time.GetUtcNow().UtcDateTime);

    private async ValueTask AskAsync(
        long minPosition, string ledgerId, TimeSpan bound, DateTime deadline, CancellationToken cancellation)
    {
        var left = Left(deadline);
        if (left <= TimeSpan.Zero || !await view.AskHeadAsync(left, cancellation))
        {
            throw NotFresh();
        }

        await EnsureAsync(minPosition, ledgerId, bound, deadline, cancellation);
    }

    private ValueTask EnsureAsync(long minPosition, string ledgerId, TimeSpan bound, DateTime deadline, CancellationToken cancellation)
    {
        CheckLedger(ledgerId, minPosition);
        var wanted = bound == TimeSpan.Zero ? Math.Max(minPosition, view.Head) : minPosition;
        return view.Position >= wanted && IsFresh(bound)
            ? ValueTask.CompletedTask
            : WaitAsync(wanted, bound, deadline, cancellation);
    }

    /// <summary>Refuses a position of another ledger, and one beyond the head.</summary>
    /// <exception cref="RuleViolation">LEDGER_DIVERGED or POSITION_AHEAD.</exception>
    public void CheckLedger(string ledgerId, long position, long slack = 0)
    {
        if (ledgerId.Length > 0 && ledgerId != view.LedgerId)
        {
            // Epochs of one ledger share what came before.
            throw new RuleViolation(
                ErrorReason.LedgerDiverged, "ledger_id", ("asked", Registry.RequestFields.Quote(ledgerId)), ("ledger_id", view.LedgerId),
                ("common", $"{view.CommonWith(ledgerId)}"));
        }

        if (position > view.Head + slack || position < 0)
        {
            throw new RuleViolation(
                ErrorReason.PositionAhead, "min_position", ("position", $"{position}"), ("head", $"{view.Head}"));
        }
    }

    private async ValueTask WaitAsync(long wanted, TimeSpan bound, DateTime deadline, CancellationToken cancellation)
    {
        var left = Left(deadline);
        // A view that is behind is fresh again only at the head.
        var target = IsFresh(bound) ? wanted : Math.Max(wanted, view.Head);
        if (left > TimeSpan.Zero && await view.WaitForAsync(target, left, time, cancellation) && IsFresh(bound))
        {
            return;
        }

        throw NotFresh();
    }

    private RuleViolation NotFresh() => new(ErrorReason.NotFresh, "", ("position", $"{view.Position}"));

    private bool IsFresh(TimeSpan bound) => bound == TimeSpan.Zero || time.GetUtcNow() - view.FreshAt <= bound;

    private static TimeSpan Read(Duration duration)
    {
        try
        {
            // The sign is that of both parts: a nanosecond below zero would be rounded away.
            return duration is { Seconds: >= 0, Nanos: >= 0 }
                ? duration.ToTimeSpan()
                : throw new RuleViolation(ErrorReason.DurationInvalid, "max_staleness");
        }
        catch (Exception error) when (error is InvalidOperationException or OverflowException)
        {
            throw new RuleViolation(ErrorReason.DurationInvalid, "max_staleness");
        }
    }

    private static TimeSpan Smaller(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
