using System.Diagnostics.Metrics;
using CreditExchange.Hub.Metrics;
using CreditExchange.Ledger;
using CreditExchange.Streaming.Relay;

namespace CreditExchange.Hub.Streams;

/// <summary>How far each audience's stream is; nothing where Kafka isn't used.</summary>
public sealed class StreamGauges
{
    private static readonly RelayState[] States = Enum.GetValues<RelayState>();
    private readonly StreamBook book;
    private readonly ILedger ledger;

    /// <summary>Makes the instruments.</summary>
    public StreamGauges(IMeterFactory meters, StreamBook book, ILedger ledger)
    {
        (this.book, this.ledger) = (book, ledger);
        var meter = meters.Create(CallMetrics.MeterName);
        meter.CreateObservableGauge("creditexchange.stream.position", () => Read(Position), description: "Position up to which all is in an audience's topics.");
        meter.CreateObservableGauge(
            "creditexchange.stream.lag", () => Read(s => Math.Max(0, ledger.Head - Position(s))), description: "Positions of the ledger that are not in them yet.");
        meter.CreateObservableCounter("creditexchange.stream.events", () => Read(s => s.Status.Sent), description: "Events that this node wrote to them.");
        meter.CreateObservableCounter(
            "creditexchange.stream.interruptions", () => Read(s => s.Status.Interruptions), description: "How often brokers interrupted this node's relay.");
        meter.CreateObservableGauge("creditexchange.stream.state", ReadStates, description: "1 for what this node's relay does, by state.");
    }

    private long Position(HubStream stream)
    {
        try
        {
            return stream.Known(ledger.Progress).Position;
        }
        catch (LedgerUnavailableException)
        {
            // The other figures are wanted all the more.
            return stream.Status.Position;
        }
    }

    private IEnumerable<Measurement<long>> Read(Func<HubStream, long> value) =>
        book.Streams.Select(s => new Measurement<long>(value(s), new KeyValuePair<string, object?>("audience", s.Audience.Name)));

    private IEnumerable<Measurement<long>> ReadStates() => book.Streams.SelectMany(s => States.Select(state => new Measurement<long>(
        s.Status.State == state ? 1 : 0,
        new KeyValuePair<string, object?>("audience", s.Audience.Name),
        new KeyValuePair<string, object?>("state", $"{state}".ToUpperInvariant()))));
}
