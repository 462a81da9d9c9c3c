using System.Diagnostics.Metrics;
using CreditExchange.Hub.Metrics;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>How far the exchange with each partner is, and what it alarms about.</summary>
public sealed class ExchangeGauges
{
    private static readonly PartnerState[] States = [.. Enum.GetValues<PartnerState>().Where(s => s != PartnerState.Unspecified)];
    private readonly SessionParts parts;
    private readonly PartnersReport report;

    /// <summary>Makes the instruments.</summary>
    public ExchangeGauges(IMeterFactory meters, SessionParts parts, PartnersReport report)
    {
        (this.parts, this.report) = (parts, report);
        var meter = meters.Create(CallMetrics.MeterName);
        meter.CreateObservableGauge("creditexchange.partner.position", () => Read(p => p.Incoming.State.Position), description: "Position of a partner's ledger up to which all is here.");
        meter.CreateObservableGauge(
            "creditexchange.partner.behind", () => Read(p => Math.Max(0, p.Incoming.State.Head - p.Incoming.State.Position)), description: "Positions of its ledger that are not here yet, as it says.");
        meter.CreateObservableGauge("creditexchange.partner.age", ReadAges, "s", "How old what is known of a partner is; 9e11 while nothing is.");
        meter.CreateObservableGauge(
            "creditexchange.partner.lag", () => Read(p => Math.Max(0, parts.Ledger.Head - p.Acknowledged)), description: "Positions of this ledger that a partner hasn't confirmed.");
        meter.CreateObservableCounter("creditexchange.partner.recognised", () => Read(p => p.Incoming.State.Recognised), description: "A partner's events that were recognised.");
        meter.CreateObservableCounter("creditexchange.partner.refused", () => Read(p => p.Incoming.State.RefusedCount), description: "A partner's events that were refused.");
        meter.CreateObservableCounter("creditexchange.partner.refused.there", () => Read(p => p.Outgoing.Count), description: "This hub's events that a partner refused.");
        meter.CreateObservableCounter("creditexchange.partner.faults", ReadFaults, description: "Sessions ended because of what a partner sent, by reason: alarm at once.");
        meter.CreateObservableGauge("creditexchange.partner.state", ReadStates, description: "1 for where a partner stands, by state.");
    }

    private IEnumerable<Measurement<long>> Read(Func<Partner, long> value) =>
        parts.Partners.Regions.Select(r => new Measurement<long>(value(parts.Partners.Of(r)), Tag(r)));

    // Of a partner that was never heard it is beyond every bound, so that an alarm needs no second rule.
    private IEnumerable<Measurement<double>> ReadAges() => parts.Partners.Regions.Select(r => new Measurement<double>(
        (parts.Partners.Of(r).Incoming.State is { HeardAt: var heard } state && heard != default ? PartnerBook.AgeOf(state, parts.Time.GetUtcNow()) : TimeSpan.MaxValue)
            .TotalSeconds,
        Tag(r)));

    // The worst one is there from the begin, so that its increase from nothing is seen.
    private IEnumerable<Measurement<long>> ReadFaults() => parts.Partners.Regions.SelectMany(r =>
    {
        var counts = parts.Partners.Of(r).Faults.Read().ToList();
        if (counts.TrueForAll(f => f.Reason != ErrorReason.ExchangeFork))
        {
            counts.Add((ErrorReason.ExchangeFork, 0));
        }

        return counts.Select(f => new Measurement<long>(
            f.Count, Tag(r), new KeyValuePair<string, object?>("reason", Errors.ReasonCatalogue.Get(f.Reason).Name)));
    });

    private IEnumerable<Measurement<long>> ReadStates() => parts.Partners.Regions.SelectMany(r =>
    {
        var now = report.StateOf(r);
        return States.Select(s => new Measurement<long>(s == now ? 1 : 0, Tag(r), new KeyValuePair<string, object?>("state", NameOf(s))));
    });

    private static string NameOf(PartnerState state) => state switch
    {
        PartnerState.NoAgreement => "NO_AGREEMENT",
        PartnerState.Disconnected => "DISCONNECTED",
        PartnerState.Connected => "CONNECTED",
        PartnerState.Refused => "REFUSED",
        PartnerState.Forked => "FORKED",
        PartnerState.EpochPending => "EPOCH_PENDING",
        _ => "UNSPECIFIED",
    };

    private static KeyValuePair<string, object?> Tag(string region) => new("partner", region);
}
