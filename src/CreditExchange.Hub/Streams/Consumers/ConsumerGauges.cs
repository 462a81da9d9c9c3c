using System.Diagnostics.Metrics;
using CreditExchange.Hub.Metrics;
using CreditExchange.Ledger;

namespace CreditExchange.Hub.Streams.Consumers;

/// <summary>How far consumers are behind, and what they refuse, as they told.</summary>
public sealed class ConsumerGauges
{
    private readonly ConsumerBook book;

    /// <summary>Makes the instruments.</summary>
    public ConsumerGauges(IMeterFactory meters, ConsumerBook book, ILedger ledger)
    {
        this.book = book;
        var meter = meters.Create(CallMetrics.MeterName);
        meter.CreateObservableGauge(
            "creditexchange.consumer.lag", () => Read(s => Math.Max(0, ledger.Head - s.Position)), description: "Positions that a consumer is behind the head.");
        meter.CreateObservableCounter("creditexchange.consumer.refused", () => Read(s => s.RefusedCount), description: "Events that a consumer refused.");
    }

    private IEnumerable<Measurement<long>> Read(Func<ConsumerState, long> value) => book.Read().Select(c => new Measurement<long>(
        value(c.State!),
        new KeyValuePair<string, object?>("agency", c.Agency),
        new KeyValuePair<string, object?>("consumer", c.Name)));
}
