namespace CreditExchange.Streaming.Relay;

/// <summary>A stream can't go on by itself: its topics are not what it began. Says what to do.</summary>
internal sealed class StreamRefusedException(string message) : Exception(message);
