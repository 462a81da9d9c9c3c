using System.Collections.Concurrent;
using System.Collections.Frozen;
using CreditExchange.V1;

namespace CreditExchange.Hub.Access;

/// <summary>The agencies and their rights as the ledger has them at the view's position.</summary>
public sealed class RightsView
{
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

    private sealed record Entry(long Entity, Agency Agency, FrozenSet<string> Scopes);
}
