using System.Collections.Concurrent;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>All partners, and how old what is known of each is.</summary>
public sealed class PartnerBook(ILedger ledger, AgreementsView agreements, ExchangeKey own, TokenKeys tokenKeys, TimeProvider time) : IPartnerAges
{
    private readonly ConcurrentDictionary<string, Partner> partners = new(StringComparer.Ordinal);

    /// <summary>The partner of a region.</summary>
    public Partner Of(string region) => partners.GetOrAdd(
        region, r => new Partner(r, new IncomingLedger(ledger.Progress, r), new OutgoingBook(ledger.Progress, r)));

    /// <summary>Regions with which this hub has, or had, an agreement, in order.</summary>
    public IReadOnlyList<string> Regions => !own.IsUsed ? [] :
    [
        .. agreements.All.Where(a => a.IsOf(own.Region)).Select(a => a.PartnerOf(own.Region).Region)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>The terms with a partner today; null: nothing stands.</summary>
    public PartnerTerms? TermsOf(string region)
    {
        try
        {
            return PartnerTerms.Of(agreements, own.Region, region, LegalDay.Of(time.GetUtcNow()));
        }
        catch (RuleViolation)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    /// <remarks>What isn't complete yet is as old as can be: it may lack anything.</remarks>
    public TimeSpan AgeOf(string agreement, DateTimeOffset asOf)
    {
        if (!own.IsUsed || agreements.Find(agreement) is not { } known || !known.IsOf(own.Region))
        {
            return TimeSpan.MaxValue;
        }

        var region = known.PartnerOf(own.Region).Region;
        var state = Of(region).Incoming.State;
        return state.HeardAt == default || !IsComplete(state, agreement, region) ? TimeSpan.MaxValue : AgeOf(state, asOf);
    }

    /// <summary>Age of what is known by a state.</summary>
    public static TimeSpan AgeOf(ReceivedState state, DateTimeOffset asOf)
    {
        var since = asOf - state.HeardAt;
        return (since > TimeSpan.Zero ? since : TimeSpan.Zero) + state.Lag;
    }

    /// <summary>The ages of all agreements in force, for the hub's own nodes.</summary>
    public IEnumerable<PartnerAge> AgesNow()
    {
        var now = time.GetUtcNow();
        foreach (var known in agreements.All)
        {
            if (known.Agreement.State == AgreementState.InForce)
            {
                var age = AgeOf(known.Agreement.AgreementId, now);
                yield return new PartnerAge
                {
                    AgreementId = known.Agreement.AgreementId,
                    Age = age < TimeSpan.MaxValue ? Duration.FromTimeSpan(age) : null,
                };
            }
        }
    }

    private bool IsComplete(ReceivedState state, string agreement, string region)
    {
        foreach (var version in tokenKeys.VersionsOf(region))
        {
            if (state.ThroughOf(agreement, version) >= state.Position)
            {
                return true;
            }
        }

        return false;
    }
}
