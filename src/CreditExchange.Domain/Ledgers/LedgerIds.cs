namespace CreditExchange.Domain.Ledgers;

/// <summary>The id of a ledger with its epoch, "7f3a9c.1", and without it.</summary>
public static class LedgerIds
{
    /// <summary>A ledger's id without its epoch; one without a dot as it is.</summary>
    public static string WithoutEpoch(string ledgerId) =>
        ledgerId.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? ledgerId[..dot] : ledgerId;
}
