using System.Diagnostics.Metrics;
using CreditExchange.AccessLog.Writing;

namespace CreditExchange.Hub.Metrics;

/// <summary>Counts of the access log.</summary>
public sealed class AccessLogGauges
{
    /// <summary>Makes the instruments.</summary>
    public AccessLogGauges(IMeterFactory meters, AccessLogWriter log)
    {
        var meter = meters.Create(CallMetrics.MeterName);
        meter.CreateObservableGauge("creditexchange.access_log.records", () => log.Records, description: "Records written since the start.");
        meter.CreateObservableGauge("creditexchange.access_log.bytes", () => log.Bytes, description: "Bytes that they took.");
        meter.CreateObservableGauge("creditexchange.access_log.segment", () => (long)log.Segment, description: "Number of the segment that is written.");
        meter.CreateObservableGauge(
            "creditexchange.access_log.reserve", () => log.HasReserve ? 1L : 0L, description: "1 while the room of the next segment is allocated.");
    }
}
