using Microsoft.Extensions.Logging;

namespace CreditExchange.Streaming.Inbound;

internal static partial class InboundLog
{
    [LoggerMessage(6100, LogLevel.Warning, "The stream of '{Partner}' was interrupted: {Cause}", EventName = "InboundInterrupted")]
    public static partial void Interrupted(ILogger logger, string partner, string cause);

    [LoggerMessage(6101, LogLevel.Critical, "The stream of '{Partner}' is not believed and stands still: {Cause}", EventName = "InboundFaulted")]
    public static partial void Faulted(ILogger logger, string partner, string cause);
}
