using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>What the agreements with one partner say on a day: with whom, by which keys, about which lists. Immutable.</summary>
public sealed class PartnerTerms
{
    private readonly Dictionary<string, string> agreementOfList = new(StringComparer.Ordinal);

    private PartnerTerms(string ownRegion, AgreementParty party, IReadOnlyList<KnownAgreement> agreements, DateOnly day)
    {
        Region = party.Region;
        HubId = party.HubId;
        LedgerId = party.LedgerId;
        Agreements = agreements;
        Keys = [.. agreements.SelectMany(a => a.PartnerOf(ownRegion).Keys).DistinctBy(k => k.KeyId)];
        InForce = [.. agreements.Where(a => a.CountsOn(day)).Select(a => a.Agreement.AgreementId)];
        foreach (var agreement in agreements.Where(a => a.CountsOn(day)))
        {
            foreach (var code in agreement.Terms.Rows.Where(r => r.FromRegion == ownRegion).SelectMany(r => r.OriginListCodes))
            {
                agreementOfList[code] = agreement.Agreement.AgreementId;
            }
        }
    }

    /// <summary>The partner's region.</summary>
    public string Region { get; }

    /// <summary>The agency of its hub.</summary>
    public string HubId { get; }

    /// <summary>Its ledger, without the epoch.</summary>
    public string LedgerId { get; }

    /// <summary>Agreements that both have signed and neither has ended, suspended ones too.</summary>
    public IReadOnlyList<KnownAgreement> Agreements { get; }

    /// <summary>Those that count today, by id.</summary>
    public IReadOnlyList<string> InForce { get; }

    /// <summary>The keys with which the partner may sign.</summary>
    public IReadOnlyList<PartyKey> Keys { get; }

    /// <summary>The agreement under which a list of this side goes to the partner; null: under none.</summary>
    public string? AgreementOf(string ownList) => agreementOfList.GetValueOrDefault(ownList);

    /// <summary>The terms with the partner of a region.</summary>
    /// <exception cref="RuleViolation">PARTNER_UNKNOWN: no agreement at all; AGREEMENT_NOT_IN_FORCE: none that both have signed and that
    /// stands today.</exception>
    public static PartnerTerms Of(AgreementsView all, string ownRegion, string region, DateOnly day) =>
        Of(all, ownRegion, p => p.Region == region, region, day);

    /// <summary>The terms with the partner whose hub is an agency.</summary>
    /// <exception cref="RuleViolation">As above.</exception>
    public static PartnerTerms OfHub(AgreementsView all, string ownRegion, string hubId, DateOnly day) =>
        Of(all, ownRegion, p => p.HubId == hubId, hubId, day);

    private static PartnerTerms Of(AgreementsView all, string ownRegion, Predicate<AgreementParty> isPartner, string name, DateOnly day)
    {
        var known = all.All.Where(a => a.IsOf(ownRegion) && isPartner(a.PartnerOf(ownRegion))).ToList();
        if (known.Count == 0)
        {
            throw new RuleViolation(ErrorReason.PartnerUnknown, "", ("agency", name));
        }

        var standing = known.Where(a => a.Agreement.State is AgreementState.InForce or AgreementState.Suspended
            && LegalDay.Covers(a.Terms.From, a.Terms.Until, day)).ToList();
        return standing.Count > 0
            ? new PartnerTerms(ownRegion, standing[^1].PartnerOf(ownRegion), standing, day)
            : throw new RuleViolation(ErrorReason.AgreementNotInForce, "", ("agreement_id", known[^1].Agreement.AgreementId));
    }
}
