using System.Diagnostics.Metrics;
using CreditExchange.Hub.Edge;
using CreditExchange.Hub.Lookup;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Edge;

namespace CreditExchange.Hub.Metrics;

/// <summary>Gauges of the ledger and the view.</summary>
public sealed class HubGauges
{
    /// <summary>Makes the instruments.</summary>
    public HubGauges(IMeterFactory meters, IViewProgress progress, TimeProvider time, IServiceProvider services)
    {
        // An edge node has none: it knows no listing, and of subjects only a filter.
        var view = services.GetService<LookupView>();
        var meter = meters.Create(CallMetrics.MeterName);
        meter.CreateObservableGauge("creditexchange.ledger.position", () => progress.Head, description: "Position of the ledger's head.");
        var ledger = services.GetRequiredService<ILedger>();
        meter.CreateObservableGauge(
            "creditexchange.ledger.longest_read", () => ledger.LongestRead.TotalSeconds, "s", "The longest read transaction of the store since the start.");
        meter.CreateObservableGauge("creditexchange.view.position", () => progress.Position, description: "Position that checks reflect.");
        meter.CreateObservableGauge(
            "creditexchange.view.lag",
            () => Math.Max(0, (time.GetUtcNow() - progress.FreshAt).TotalSeconds),
            "s",
            "Time since the view was last at the head.");
        meter.CreateObservableGauge("creditexchange.view.subjects", () => (long)(view?.SubjectCount ?? 0), description: "Subjects with a listing.");
        var upstream = services.GetService<Upstream>();
        var reader = services.GetService<EdgeReader>();
        var edge = services.GetService<EdgeView>();
        meter.CreateObservableCounter("creditexchange.upstream.reads", () => reader?.Asked ?? 0, description: "Subjects that the upstream was asked for.");
        meter.CreateObservableCounter("creditexchange.upstream.errors", () => upstream?.Errors ?? 0, description: "Calls to the upstream that failed.");
        meter.CreateObservableGauge(
            "creditexchange.filter.bytes", () => edge is { HasState: true } ? edge.State.Filter.Bytes : 0, description: "Size of an edge node's filter.");
        meter.CreateObservableGauge("creditexchange.view.listings", () => (long)(view?.ListingCount ?? 0), description: "Listings, final ones included.");
    }
}
