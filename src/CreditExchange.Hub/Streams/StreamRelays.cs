using CreditExchange.Ledger;
using CreditExchange.Streaming.Relay;

namespace CreditExchange.Hub.Streams;

/// <summary>Runs the relays of all audiences while the hub serves.</summary>
public sealed class StreamRelays(StreamBook book, ILedger ledger, AudienceEvents events, TimeProvider time, ILogger<StreamRelays> logger)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        book.Streams.Select(s => Task.Run(
            () => new AudienceRelay(s.Audience, ledger, events, book.Options, book.Signing, s.Status, time, logger).RunAsync(stoppingToken), CancellationToken.None)));
}
