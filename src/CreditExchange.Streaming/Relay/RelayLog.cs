using Microsoft.Extensions.Logging;

namespace CreditExchange.Streaming.Relay;

internal static partial class RelayLog
{
    [LoggerMessage(6000, LogLevel.Information, "Stream '{Audience}' goes on after position {Position}: topics '{Events}' and '{State}', {Partitions} partitions each, token key {TokenKey}, relay epoch {Fence}.", EventName = "RelayOpened")]
    public static partial void Opened(ILogger logger, string audience, long position, string events, string state, int partitions, string tokenKey, long fence);

    [LoggerMessage(6001, LogLevel.Warning, "Stream '{Audience}' was interrupted at position {Position} and tries again in {PauseSeconds:F1} s: {Cause}", EventName = "RelayInterrupted")]
    public static partial void Interrupted(ILogger logger, string audience, long position, double pauseSeconds, string cause);

    [LoggerMessage(6002, LogLevel.Critical, "Stream '{Audience}' stands still: {Cause}", EventName = "RelayRefused")]
    public static partial void Refused(ILogger logger, string audience, string cause);

    [LoggerMessage(6003, LogLevel.Information, "Stream '{Audience}' was taken over by another relay.", EventName = "RelayLost")]
    public static partial void Lost(ILogger logger, string audience);

    [LoggerMessage(6004, LogLevel.Debug, "librdkafka, {Facility}: {Text}", EventName = "Librdkafka")]
    public static partial void Library(ILogger logger, string facility, string text);
}
