using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>How the exchange with each partner stands, for people and metrics.</summary>
public sealed class PartnersReport(SessionParts parts)
{
    /// <summary>All partners, by region.</summary>
    public IEnumerable<V1.Partner> All() => parts.Partners.Regions.Select(Of);

    /// <summary>Where a partner stands.</summary>
    public PartnerState StateOf(string region)
    {
        var partner = parts.Partners.Of(region);
        var inForce = parts.Partners.TermsOf(region)?.InForce.Count > 0;
        return !inForce && parts.Forks.Of(region) is not null ? PartnerState.Forked
            : partner.IsConnected ? PartnerState.Connected
            : partner.Incoming.State.PendingEpoch is not null ? PartnerState.EpochPending
            : !inForce ? PartnerState.NoAgreement
            : partner.LastFault is { IsTheirs: false, Reason: not (ErrorReason.ExchangeSilent or ErrorReason.ExchangeBusy) } ? PartnerState.Refused
            : PartnerState.Disconnected;
    }

    /// <summary>One partner.</summary>
    public V1.Partner Of(string region)
    {
        var partner = parts.Partners.Of(region);
        var state = partner.Incoming.State;
        var terms = parts.Partners.TermsOf(region);
        var told = new V1.Partner
        {
            Region = region,
            HubId = terms?.HubId ?? "",
            State = StateOf(region),
            Received = state.ToResume(),
            PartnerHead = Math.Max(state.Head, state.Position),
            AcknowledgedPosition = partner.Acknowledged,
            Lag = Math.Max(0, parts.Ledger.Head - partner.Acknowledged),
            RecognisedCount = state.Recognised,
            RefusedCount = state.RefusedCount,
            RefusedThereCount = partner.Outgoing.Count,
            PendingEpoch = state.PendingEpoch is { } epoch ? Epoch.Parser.ParseFrom(epoch) : null,
            Fork = parts.Forks.Of(region),
        };
        told.AgreementIds.Add(terms?.InForce ?? []);
        told.TokenKeyVersions.Add(parts.TokenKeys.VersionsOf(region));
        told.Refused.Add(state.Refusals.Select(OutcomeOf));
        told.RefusedThere.Add(partner.Outgoing.Newest.Select(OutcomeOf));
        if (state.HeardAt != default)
        {
            told.Age = Duration.FromTimeSpan(PartnerBook.AgeOf(state, parts.Time.GetUtcNow()));
        }

        if (partner.LastFault is { } fault)
        {
            told.LastFault = $"{(fault.IsTheirs ? "there: " : "")}{Errors.ReasonCatalogue.Get(fault.Reason).Name} {fault.Text}".TrimEnd();
            told.LastFaultAt = Timestamp.FromDateTimeOffset(fault.At);
        }

        return told;
    }

    private static EventOutcome OutcomeOf(Refused refused) =>
        new() { Position = refused.Position, Outcome = RecognitionOutcome.Refused, Reason = refused.Reason };
}
