using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;
using CreditExchange.Streaming.Inbound;

namespace CreditExchange.Hub.Streams.Inbound;

/// <summary>Follows the partners' streams while the hub serves.</summary>
public sealed class InboundStreams(KafkaOptions options, PartnerEvents events, ILedger ledger, TimeProvider time, ILogger<InboundStreams> logger)
    : BackgroundService
{
    /// <summary>Each partner and how its stream is.</summary>
    public IReadOnlyList<(string Partner, InboundStatus Status)> All { get; } = [.. options.Inbound.Select(p => (p.Partner, new InboundStatus()))];

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        options.Inbound.Select((partner, i) => Task.Run(
            () => new InboundStream(partner, options, events, ledger, All[i].Status, time, logger).RunAsync(stoppingToken), CancellationToken.None)));
}
