using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Lookup;

/// <summary>A full node's checks: from its index, without waiting for anything.</summary>
public sealed class IndexChecks(
    ILedger ledger, LookupView view, MatterPolicies matters, Freshness freshness, CheckRecords records, HitParts hits)
    : SubjectChecks(matters, freshness, records, hits)
{
    /// <inheritdoc/>
    protected override CatalogueIndex Catalogue => view.Catalogue;

    /// <inheritdoc/>
    protected override HubKeys Keys => ledger.Keys;

    /// <inheritdoc/>
    protected override DateTimeOffset AsOf() => view.AsOf();

    /// <inheritdoc/>
    protected override ValueTask<CheckRead> ReadAsync(SubjectId normal, Asker asker, CancellationToken cancellation)
    {
        var freshAt = view.FreshAt;
        while (true)
        {
            var key = view.KeyOf(normal, ledger.Keys);
            var reading = view.Read(key);
            // Else the subject key was switched in between.
            if (reading.KeyVersion == key.Version)
            {
                return new(new CheckRead(reading, key, ledger.LedgerId, freshAt, view.AsOf()));
            }
        }
    }

    /// <inheritdoc/>
    protected override ValueTask<BatchRead> ReadManyAsync(
        IReadOnlyList<SubjectId> normals, Asker asker, CancellationToken cancellation)
    {
        var freshAt = view.FreshAt;
        var keys = new SubjectKey[normals.Count];
        var readings = new SubjectReading[keys.Length];
        long position;
        do
        {
            for (var i = 0; i < keys.Length; i++)
            {
                keys[i] = view.KeyOf(normals[i], ledger.Keys);
            }
        }
        while (!TryReadAll(keys, readings, out position));
        return new(new BatchRead(readings, keys, position, ledger.LedgerId, freshAt, view.AsOf()));
    }

    // False: the subject key was switched since the keys were made.
    private bool TryReadAll(SubjectKey[] keys, SubjectReading[] readings, out long position)
    {
        var read = 0L;
        var isOfOneKey = view.ReadTogether(() =>
        {
            read = view.Position;
            for (var i = 0; i < keys.Length; i++)
            {
                if (keys[i].Version != view.KeyVersion)
                {
                    return false;
                }

                readings[i] = view.ReadUnguarded(keys[i]);
            }

            return true;
        });
        position = read;
        return isOfOneKey;
    }
}
