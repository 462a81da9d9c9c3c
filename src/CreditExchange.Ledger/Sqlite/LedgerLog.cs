using Microsoft.Extensions.Logging;

namespace CreditExchange.Ledger.Sqlite;

internal static partial class LedgerLog
{
    [LoggerMessage(6001, LogLevel.Information, "Ledger {LedgerId} open at position {Head} in {Folder}.", EventName = "LedgerOpened")]
    public static partial void LedgerOpened(ILogger logger, string ledgerId, long head, string folder);

    [LoggerMessage(6002, LogLevel.Error, "Writing the ledger failed; nothing is written until it was opened and verified again.", EventName = "LedgerWriteFailed")]
    public static partial void LedgerWriteFailed(ILogger logger, Exception failure);

    [LoggerMessage(6003, LogLevel.Warning, "The ledger is written again, from position {Head} on.", EventName = "LedgerRecovered")]
    public static partial void LedgerRecovered(ILogger logger, long head);

    [LoggerMessage(6004, LogLevel.Error, "The ledger could not be opened again; next attempt with the next event.", EventName = "LedgerRecoveryFailed")]
    public static partial void LedgerRecoveryFailed(ILogger logger, Exception failure);

    [LoggerMessage(6005, LogLevel.Warning, "Copying the log back into the ledger failed; it is tried again.", EventName = "LedgerCheckpointFailed")]
    public static partial void LedgerCheckpointFailed(ILogger logger, Exception failure);
}
