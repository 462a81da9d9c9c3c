using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Lookup;
using CreditExchange.Ledger;
using CreditExchange.Lookup.Edge;
using CreditExchange.V1;

namespace CreditExchange.Hub.Edge;

/// <summary>An edge node's checks: from its filter, Redis and the upstream.</summary>
public sealed class EdgeChecks(
    EdgeView view, EdgeReader reader, MatterPolicies matters, Freshness freshness, CheckRecords records, HitParts hits)
    : SubjectChecks(matters, freshness, records, hits)
{
    // A state ends when the subject key is switched; twice during one call it never is.
    private const int MostStates = 3;

    /// <inheritdoc/>
    protected override CatalogueIndex Catalogue => view.State.Catalogue.Index;

    /// <inheritdoc/>
    protected override HubKeys Keys => view.State.Keys;

    /// <inheritdoc/>
    protected override DateTimeOffset AsOf() => view.AsOf();

    /// <inheritdoc/>
    protected override async ValueTask<CheckRead> ReadAsync(SubjectId normal, Asker asker, CancellationToken cancellation)
    {
        var read = await ReadManyAsync([normal], asker, cancellation);
        return new CheckRead(read.Readings[0], read.Keys[0], read.LedgerId, read.FreshAt, read.AsOf);
    }

    /// <inheritdoc/>
    protected override async ValueTask<BatchRead> ReadManyAsync(
        IReadOnlyList<SubjectId> normals, Asker asker, CancellationToken cancellation)
    {
        var freshAt = view.FreshAt;
        try
        {
            for (var n = 0; n < MostStates; n++)
            {
                var state = view.State;
                var keyer = state.Keys.Subjects.Of(state.KeyVersion)!;
                var keys = new SubjectKey[normals.Count];
                for (var i = 0; i < keys.Length; i++)
                {
                    keys[i] = keyer.Compute(normals[i]);
                }

                var left = Freshness.Left(asker.Deadline);
                if (left <= TimeSpan.Zero)
                {
                    break;
                }

                if (await reader.ReadAsync(state, keys, left, cancellation) is { } readings)
                {
                    var position = readings.Length > 0 ? readings[0].Position : state.Position;
                    return new BatchRead(readings, keys, position, state.LedgerId, freshAt, view.AsOf());
                }
            }
        }
        catch (UpstreamException)
        {
            throw new RuleViolation(ErrorReason.UpstreamUnavailable);
        }

        throw new RuleViolation(ErrorReason.NotFresh, "", ("position", $"{view.Position}"));
    }
}
