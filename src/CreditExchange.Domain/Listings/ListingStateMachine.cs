using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Listings;

/// <summary>What can be done to a listing after it was published.</summary>
public enum ListingOperation
{
    /// <summary>Corrects content.</summary>
    Amend,

    /// <summary>Pauses it.</summary>
    Suspend,

    /// <summary>Lets a paused one count again.</summary>
    Reinstate,

    /// <summary>Takes back what was never right.</summary>
    Withdraw,

    /// <summary>Ends it, because the law's ground is gone.</summary>
    End,

    /// <summary>Ends it by an accepted credit repair.</summary>
    Repair,

    /// <summary>Confirms that the clock brought it into force.</summary>
    Activate,

    /// <summary>Confirms that the clock ended its term.</summary>
    Expire,
}

/// <summary>
/// The life of a listing as a table: SCHEDULED → ACTIVE ⇄ SUSPENDED; from each of the three → REPAIRED, ENDED, WITHDRAWN or
/// EXPIRED, which stay.
/// </summary>
public static class ListingStateMachine
{
    private static readonly (ListingState From, ListingOperation Operation, ListingState To)[] Table =
    [
        (ListingState.Scheduled, ListingOperation.Amend, ListingState.Scheduled),
        (ListingState.Scheduled, ListingOperation.Activate, ListingState.Active),
        (ListingState.Scheduled, ListingOperation.Withdraw, ListingState.Withdrawn),
        (ListingState.Scheduled, ListingOperation.End, ListingState.Ended),
        (ListingState.Scheduled, ListingOperation.Repair, ListingState.Repaired),
        (ListingState.Scheduled, ListingOperation.Expire, ListingState.Expired),
        (ListingState.Active, ListingOperation.Amend, ListingState.Active),
        (ListingState.Active, ListingOperation.Suspend, ListingState.Suspended),
        (ListingState.Active, ListingOperation.Withdraw, ListingState.Withdrawn),
        (ListingState.Active, ListingOperation.End, ListingState.Ended),
        (ListingState.Active, ListingOperation.Repair, ListingState.Repaired),
        (ListingState.Active, ListingOperation.Expire, ListingState.Expired),
        (ListingState.Suspended, ListingOperation.Amend, ListingState.Suspended),
        (ListingState.Suspended, ListingOperation.Reinstate, ListingState.Active),
        (ListingState.Suspended, ListingOperation.Withdraw, ListingState.Withdrawn),
        (ListingState.Suspended, ListingOperation.End, ListingState.Ended),
        (ListingState.Suspended, ListingOperation.Repair, ListingState.Repaired),
        (ListingState.Suspended, ListingOperation.Expire, ListingState.Expired),
    ];

    /// <summary>Where an operation leads; false when the state does not allow it.</summary>
    public static bool TryNext(ListingState state, ListingOperation operation, out ListingState next)
    {
        foreach (var row in Table)
        {
            if (row.From == state && row.Operation == operation)
            {
                next = row.To;
                return true;
            }
        }

        next = ListingState.Unspecified;
        return false;
    }

    /// <summary>Where an operation leads.</summary>
    /// <exception cref="RuleViolation">STATE_NOT_ALLOWED with the facts state and operation.</exception>
    public static ListingState Next(ListingState state, ListingOperation operation) =>
        TryNext(state, operation, out var next)
            ? next
            : throw new RuleViolation(
                ErrorReason.StateNotAllowed, "", ("state", WireNames.Of(state)), ("operation", WireNames.Of(operation)));

    /// <summary>Whether nothing can follow: REPAIRED, WITHDRAWN, EXPIRED or ENDED.</summary>
    public static bool IsFinal(ListingState state) =>
        state is ListingState.Repaired or ListingState.Withdrawn or ListingState.Expired or ListingState.Ended;

    /// <summary>Whether the listing still lives: SCHEDULED, ACTIVE or SUSPENDED.</summary>
    public static bool IsLive(ListingState state) =>
        state is ListingState.Scheduled or ListingState.Active or ListingState.Suspended;
}
