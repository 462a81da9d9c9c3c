using System.Globalization;
using CreditExchange.Domain.Ledgers;
using CreditExchange.Ledger;

namespace CreditExchange.Hub.Registry;

/// <summary>
/// Public ids of what the ledger keeps: the ledger's id without its epoch, a hyphen, and the entity's number. Short enough
/// to be read out over the telephone; it grants nothing, rights are looked up with every call.
/// </summary>
public sealed class ListingIds(ILedger ledger)
{
    private readonly string prefix = LedgerIds.WithoutEpoch(ledger.LedgerId) + "-";

    /// <summary>The id of an entity.</summary>
    public string Format(long entity) => prefix + entity.ToString(CultureInfo.InvariantCulture);

    /// <summary>The entity of an id; null for an id of another form or ledger.</summary>
    public long? Parse(string id) =>
        id.StartsWith(prefix, StringComparison.Ordinal) && id.Length > prefix.Length && id[prefix.Length] != '0'
        && long.TryParse(id.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var entity)
            ? entity
            : null;
}
