using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

internal static partial class ExchangeLog
{
    [LoggerMessage(2200, LogLevel.Information, "Exchange with '{Region}' stands: its ledger is known to {Received}, it has ours to {Acknowledged}.", EventName = "ExchangeOpened")]
    public static partial void Opened(ILogger logger, string region, long received, long acknowledged);

    [LoggerMessage(2201, LogLevel.Information, "Exchange with '{Region}' broke: {Reason}. It is tried again.", EventName = "ExchangeBroken")]
    public static partial void Broken(ILogger logger, string region, ErrorReason reason);

    [LoggerMessage(2202, LogLevel.Warning, "What '{Region}' sent was refused: {Reason} {Detail}.", EventName = "ExchangeRefused")]
    public static partial void Refused(ILogger logger, string region, ErrorReason reason, string detail);

    [LoggerMessage(2203, LogLevel.Warning, "'{Region}' refused what this hub sent: {Reason} {Detail}.", EventName = "ExchangeRefusedThere")]
    public static partial void RefusedThere(ILogger logger, string region, ErrorReason reason, string detail);

    [LoggerMessage(2204, LogLevel.Critical, "The hub of '{Region}' showed two histories of ledger '{LedgerId}' at position {Position}: recognition of it is suspended.", EventName = "ExchangeForked")]
    public static partial void Forked(ILogger logger, string region, string ledgerId, long position);

    [LoggerMessage(2205, LogLevel.Warning, "The checkpoint of position {Position} could not be kept and isn't told: {Cause}", EventName = "ExchangeCheckpointNotKept")]
    public static partial void CheckpointNotKept(ILogger logger, long position, string cause);

    [LoggerMessage(2206, LogLevel.Information, "The hub of '{Region}' can't be reached: {Cause}. It is tried again.", EventName = "ExchangeUnreachable")]
    public static partial void Unreachable(ILogger logger, string region, string cause);

    [LoggerMessage(2207, LogLevel.Error, "Exchange with '{Region}' ended by a fault of this hub.", EventName = "ExchangeFailed")]
    public static partial void Failed(ILogger logger, string region, Exception fault);

    [LoggerMessage(2209, LogLevel.Information, "The partner '{Region}' has told everything under version {Version} of its token key: older versions are gone.", EventName = "PartnerKeyRetired")]
    public static partial void KeyRetired(ILogger logger, string region, uint version);

    [LoggerMessage(2208, LogLevel.Information, "The epoch '{LedgerId}' of '{Region}' was admitted.", EventName = "ExchangeEpochAdmitted")]
    public static partial void Admitted(ILogger logger, string region, string ledgerId);
}
