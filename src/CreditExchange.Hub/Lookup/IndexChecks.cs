using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Recognition.Exchange;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Lookup;

/// <summary>A full node's checks: from its index, without waiting for anything.</summary>
public sealed class IndexChecks(
    ILedger ledger, LookupView view, MatterPolicies matters, Freshness freshness, CheckRecords records, HitParts hits, PartnerTokens partners)
    : SubjectChecks(matters, freshness, records, hits)
{
    /// <inheritdoc/>
    protected override CatalogueIndex Catalogue => view.Catalogue;

    /// <inheritdoc/>
    protected override RecognitionTable Recognition => view.Recognition;

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
            var tokens = partners.TokensOf(normal);
            SubjectReading reading;
            if (tokens.Length == 0)
            {
                view.Read(key, out reading);
            }
            else
            {
                view.Read(key, tokens, out reading);
            }

            // Else the subject key was switched in between.
            if (reading.KeyVersion == key.Version)
            {
                return new(new CheckRead(reading, key, ledger.LedgerId, freshAt, view.AsOf()));
            }
        }
    }

    /// <inheritdoc/>
    protected override ValueTask<BatchRead> ReadManyAsync(
        IReadOnlyList<SubjectId> normals, SubjectKey[] keys, SubjectReading[] readings, Asker asker, CancellationToken cancellation)
    {
        var freshAt = view.FreshAt;
        SubjectKey[][]? tokens = null;
        for (var i = 0; i < normals.Count && view.HoldsTokens; i++)
        {
            if (partners.TokensOf(normals[i]) is { Length: > 0 } found)
            {
                (tokens ??= new SubjectKey[normals.Count][])[i] = found;
            }
        }

        while (true)
        {
            // A version that isn't among the keys any more isn't in force any more either.
            if (ledger.Keys.Subjects.Of(view.KeyVersion) is not { } keyer)
            {
                continue;
            }

            for (var i = 0; i < normals.Count; i++)
            {
                keys[i] = keyer.Compute(normals[i]);
            }

            if (TryReadAll(keys, tokens, readings, normals.Count, out var position))
            {
                return new(new BatchRead(position, ledger.LedgerId, freshAt, view.AsOf()));
            }
        }
    }

    // False: the subject key was switched since the keys were made.
    private bool TryReadAll(SubjectKey[] keys, SubjectKey[][]? tokens, SubjectReading[] readings, int count, out long position)
    {
        var read = 0L;
        var isOfOneKey = view.ReadTogether(() =>
        {
            read = view.Position;
            for (var i = 0; i < count; i++)
            {
                if (keys[i].Version != view.KeyVersion)
                {
                    return false;
                }

                view.ReadUnguarded(keys[i], tokens?[i], out readings[i]);
            }

            return true;
        });
        position = read;
        return isOfOneKey;
    }
}
