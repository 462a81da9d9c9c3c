using System.Security.Cryptography;
using CreditExchange.Domain.Subjects;

namespace CreditExchange.Ledger;

/// <summary>
/// The key under which one partner names natural persons to this hub: derived from the hub's token key, so that it needs no place of its own, is
/// restored with the hub's keys, and tells nothing of another partner's or version's.
/// </summary>
public static class PartnerTokenKey
{
    /// <summary>The key.</summary>
    /// <param name="keys">The hub's keys.</param>
    /// <param name="region">The partner.</param>
    /// <param name="version">From 1.</param>
    /// <param name="key32">Takes 32 bytes.</param>
    public static void Derive(HubKeys keys, string region, uint version, Span<byte> key32) =>
        keys.Token.Derive(FormattableString.Invariant($"partner-token\0{region}\0{version}"), key32);

    /// <summary>What makes tokens by it.</summary>
    public static SubjectKeyer Keyer(HubKeys keys, string region, uint version)
    {
        Span<byte> key = stackalloc byte[32];
        Derive(keys, region, version, key);
        var keyer = new SubjectKeyer(1, key);
        CryptographicOperations.ZeroMemory(key);
        return keyer;
    }
}
