using System.Collections.Concurrent;
using System.Collections.Frozen;
using CreditExchange.V1;

namespace CreditExchange.Hub.Access;

/// <summary>The agencies, their rights and the revoked tokens as the ledger has them at the view's position.</summary>
public sealed class RightsView
{
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);
    private readonly Lock revoking = new();
    private volatile FrozenDictionary<string, TokenRevocation[]> revoked = FrozenDictionary<string, TokenRevocation[]>.Empty;
    private readonly ConcurrentDictionary<string, Entry> agencies = new(StringComparer.Ordinal);

    /// <summary>The agency with an id; null when the ledger knows none. Not to be changed.</summary>
    public Agency? Find(string agencyId) => agencies.TryGetValue(agencyId, out var entry) ? entry.Agency : null;

    /// <summary>The entity under which the ledger keeps an agency; null when it knows none.</summary>
    public long? EntityOf(string agencyId) => agencies.TryGetValue(agencyId, out var entry) ? entry.Entity : null;

    /// <summary>Whether an agency that isn't revoked holds a scope.</summary>
    public bool HasScope(string agencyId, string scope) =>
        agencies.TryGetValue(agencyId, out var entry) && !entry.Agency.Revoked && entry.Scopes.Contains(scope);

    /// <summary>All agencies in order of their ids.</summary>
    public IEnumerable<Agency> All => agencies.Values.Select(e => e.Agency).OrderBy(a => a.AgencyId, StringComparer.Ordinal);

    /// <summary>Takes over an agency as an event has it.</summary>
    public void Apply(long entity, Agency agency) =>
        agencies[agency.AgencyId] = new Entry(entity, agency, (agency.Rights?.Scopes ?? []).ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Takes over the revocation of a token, unless the token's time is over.</summary>
    public void Revoke(TokenRevocation revocation, DateTimeOffset now)
    {
        lock (revoking)
        {
            var known = new Dictionary<string, TokenRevocation[]>(revoked, StringComparer.Ordinal);
            foreach (var jti in revoked.Where(r => r.Value.All(v => IsOver(v, now))).Select(r => r.Key))
            {
                known.Remove(jti);
            }

            if (!IsOver(revocation, now))
            {
                known[revocation.Jti] = [.. known.GetValueOrDefault(revocation.Jti, []), revocation];
            }

            revoked = known.ToFrozenDictionary(StringComparer.Ordinal);
        }
    }

    /// <summary>Whether a token was revoked by itself.</summary>
    /// <param name="jti">Its id; empty: it can't have been.</param>
    /// <param name="agencyId">The agency that it proves.</param>
    public bool IsTokenRevoked(string jti, string agencyId) =>
        revoked.Count > 0 && revoked.TryGetValue(jti, out var found)
        && Array.Exists(found, r => r.Agency.Length == 0 || r.Agency == agencyId);

    // Kept somewhat longer than the token lives: clocks may differ.
    private static bool IsOver(TokenRevocation revocation, DateTimeOffset now) => revocation.Until.ToDateTimeOffset() + Grace < now;

    private sealed record Entry(long Entity, Agency Agency, FrozenSet<string> Scopes);
}
