using System.Collections.Concurrent;
using System.Security.Cryptography;
using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>
/// The keys under which partners name natural persons to this hub: one for each partner and version, derived from the hub's token key, so
/// that they need no place of their own, are restored with the ledger's keys, and tell nothing of each other.
/// </summary>
public sealed class TokenKeys(ILedger ledger, PartnerKeyVersions versions)
{
    private readonly ConcurrentDictionary<(string Region, uint Version), SubjectKeyer> keyers = new();

    /// <summary>The versions that live for a partner, oldest first: tokens under each of them are matched.</summary>
    public IReadOnlyList<uint> VersionsOf(string region) => versions.Of(region);

    /// <summary>Grows when versions come or go.</summary>
    public int Changes => versions.Changes;

    /// <summary>The version under which a partner is to name persons from now on.</summary>
    public uint NewestOf(string region) => versions.Of(region)[^1];

    /// <summary>Makes the tokens of one partner and version.</summary>
    public SubjectKeyer Keyer(string region, uint version) =>
        keyers.GetOrAdd((region, version), id => PartnerTokenKey.Keyer(ledger.Keys, id.Region, id.Version));

    /// <summary>The live keys for a partner, sealed to it.</summary>
    /// <param name="region">The partner.</param>
    /// <param name="own">This hub's region.</param>
    /// <param name="recipient">A key of the partner's.</param>
    public IEnumerable<SealedTokenKey> SealedFor(string region, string own, PartyKey recipient)
    {
        foreach (var version in VersionsOf(region))
        {
            var key = new byte[TokenKeySeal.KeySize];
            PartnerTokenKey.Derive(ledger.Keys, region, version, key);
            yield return TokenKeySeal.Seal(key, version, own, region, recipient);
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
