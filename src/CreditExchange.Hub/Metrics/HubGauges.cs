using System.Diagnostics.Metrics;
using CreditExchange.Ledger;
using CreditExchange.Lookup;

namespace CreditExchange.Hub.Metrics;

/// <summary>Gauges of the ledger and the view.</summary>
public sealed class HubGauges
{
    /// <summary>Makes the instruments.</summary>
    public HubGauges(IMeterFactory meters, ILedger ledger, LookupView view, TimeProvider time)
    {
        var meter = meters.Create(CallMetrics.MeterName);
        meter.CreateObservableGauge("creditexchange.ledger.position", () => ledger.Head, description: "Position of the ledger's head.");
        meter.CreateObservableGauge("creditexchange.view.position", () => view.Position, description: "Position that checks reflect.");
        meter.CreateObservableGauge(
            "creditexchange.view.lag",
            () => Math.Max(0, (time.GetUtcNow() - view.FreshAt).TotalSeconds),
            "s",
            "Time since the view was last at the head.");
        meter.CreateObservableGauge("creditexchange.view.subjects", () => (long)view.SubjectCount, description: "Subjects with a listing.");
        meter.CreateObservableGauge("creditexchange.view.listings", () => (long)view.ListingCount, description: "Listings, final ones included.");
    }
}
