using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Lookup;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
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
    protected override RecognitionTable Recognition => view.State.Catalogue.Recognition;

    /// <inheritdoc/>
    protected override HubKeys Keys => view.State.Keys;

    /// <inheritdoc/>
    protected override DateTimeOffset AsOf() => view.AsOf();

    /// <inheritdoc/>
    protected override async ValueTask<CheckRead> ReadAsync(SubjectId normal, Asker asker, CancellationToken cancellation)
    {
        var (keys, readings) = (new SubjectKey[1], new SubjectReading[1]);
        var read = await ReadManyAsync([normal], keys, readings, asker, cancellation);
        return new CheckRead(readings[0], keys[0], read.LedgerId, read.FreshAt, read.AsOf);
    }

    /// <inheritdoc/>
    protected override async ValueTask<BatchRead> ReadManyAsync(
        IReadOnlyList<SubjectId> normals, SubjectKey[] keys, SubjectReading[] readings, Asker asker, CancellationToken cancellation)
    {
        var freshAt = view.FreshAt;
        try
        {
            for (var n = 0; n < MostStates; n++)
            {
                var state = view.State;
                var keyer = state.Keys.Subjects.Of(state.KeyVersion)!;
                var wanted = new List<SubjectKey>(normals.Count);
                for (var i = 0; i < normals.Count; i++)
                {
                    keys[i] = keyer.Compute(normals[i]);
                    wanted.Add(keys[i]);
                }

                var owners = AddTokens(state, normals, wanted);

                var left = Freshness.Left(asker.Deadline);
                if (left <= TimeSpan.Zero)
                {
                    break;
                }

                if (await reader.ReadAsync(state, wanted, left, cancellation) is { } read)
                {
                    for (var j = normals.Count; j < read.Length; j++)
                    {
                        if (read[j].Effects.Count > 0)
                        {
                            read[owners[j - normals.Count]].Join(read[j].Effects);
                        }
                    }

                    read.AsSpan(0, normals.Count).CopyTo(readings);
                    var position = read.Length > 0 ? read[0].Position : state.Position;
                    return new BatchRead(position, state.LedgerId, freshAt, view.AsOf());
                }
            }
        }
        catch (UpstreamException)
        {
            throw new RuleViolation(ErrorReason.UpstreamUnavailable);
        }

        throw new RuleViolation(ErrorReason.NotFresh, "", ("position", $"{view.Position}"));
    }

    // The tokens by which partners name the persons among them, behind the subjects' own keys. The reader asks the filter, after it has taken the
    // position: asked before, it could miss one.
    private static List<int> AddTokens(EdgeState state, IReadOnlyList<SubjectId> normals, List<SubjectKey> wanted)
    {
        var owners = new List<int>();
        var keyers = state.TokenKeyers;
        for (var i = 0; i < normals.Count && keyers.Count > 0; i++)
        {
            if (!SubjectIds.IsNaturalPerson(normals[i].Kind))
            {
                continue;
            }

            foreach (var keyer in keyers)
            {
                wanted.Add(keyer.Compute(normals[i]) with { Version = SubjectKey.TokenVersion });
                owners.Add(i);
            }
        }

        return owners;
    }
}
