using System.Collections.Concurrent;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Ledger;
using CreditExchange.Lookup.Effects;
using CreditExchange.Lookup.Redis;

namespace CreditExchange.Lookup.Edge;

/// <summary>Asks a full node for details.</summary>
public interface IUpstreamDetails
{
    /// <summary>The sealed details of subjects as the upstream's view has them, at or above everything that it told before.</summary>
    /// <param name="keys">The subjects.</param>
    /// <param name="withLinks">Whether to take in what carries over from linked subjects.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="UpstreamException">It doesn't answer.</exception>
    Task<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(IReadOnlyList<SubjectKey> keys, bool withLinks, CancellationToken cancellation);
}

/// <summary>The upstream can't be asked now.</summary>
public sealed class UpstreamException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Reads subjects at one position: the filter, then Redis, then the upstream. A detail from elsewhere is right over a span of
/// positions; it is used only when the node's position lies in it or nothing changed in between.
/// </summary>
public sealed class EdgeReader(EdgeView view, EffectCodes codes, SealedDetails details, RedisTier? tier, IUpstreamDetails upstream)
{
    private const int MostRounds = 50;
    private const int MostAtOnce = 1_000;
    private readonly ConcurrentDictionary<(SubjectKey Key, bool WithLinks), Task<TierDetail>> flights = new();
    private long asked;

    /// <summary>Subjects that the upstream was asked for.</summary>
    public long Asked => Volatile.Read(ref asked);

    /// <summary>Reads subjects.</summary>
    /// <param name="state">The state whose keys they are.</param>
    /// <param name="keys">The subjects.</param>
    /// <param name="atMost">How long to wait for the node's own position where a detail is ahead of it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What is known of each, in order, all at one position; null: another state is in force, or it took too long.</returns>
    /// <exception cref="UpstreamException">A detail is neither here nor in Redis and the upstream doesn't answer.</exception>
    public async ValueTask<SubjectReading[]?> ReadAsync(
        EdgeState state, IReadOnlyList<SubjectKey> keys, TimeSpan atMost, CancellationToken cancellation)
    {
        var found = new TierDetail?[keys.Count];
        List<int>? missing = null;
        for (var round = 0; round < MostRounds; round++)
        {
            // The position first: whatever is seen below may be newer, never older.
            var position = state.Position;
            var catalogue = state.Catalogue;
            var ahead = position;
            missing?.Clear();
            for (var i = 0; i < keys.Count; i++)
            {
                if (!state.MayHold(keys[i]))
                {
                    found[i] = null;
                }
                else if (found[i] is { } detail && state.LastChange(keys[i]) <= detail.Until)
                {
                    var from = detail.From;
                    Traps.LeaveOut("edge.ahead", ref from);
                    ahead = Math.Max(ahead, from);
                }
                else
                {
                    (missing ??= []).Add(i);
                }
            }

            if (missing is { Count: > 0 })
            {
                await FetchAsync(state, keys, missing, found, cancellation);
            }
            else if (ahead == position && catalogue.Position <= position)
            {
                return Readings(state, keys, found, position, catalogue);
            }
            else if (ahead > position
                && (!await view.WaitForAsync(ahead, atMost, cancellation) || !ReferenceEquals(view.State, state)))
            {
                return null;
            }
        }

        return null;
    }

    private SubjectReading[] Readings(
        EdgeState state, IReadOnlyList<SubjectKey> keys, TierDetail?[] found, long position, CatalogueAt catalogue)
    {
        var readings = new SubjectReading[keys.Count];
        var rules = new ReadingRules(codes, catalogue.Index, state.KeyVersion, catalogue.Recognition, catalogue.Flags);
        for (var i = 0; i < readings.Length; i++)
        {
            readings[i] = new SubjectReading { Own = EffectsOf(found[i]?.Facts ?? []), Position = position, Rules = rules };
        }

        return readings;
    }

    private EffectSet EffectsOf(ListingFact[] facts) =>
        facts.Length == 0 ? default : new EffectSet(Array.ConvertAll(facts, fact => SubjectEffect.Of(fact, codes, long.MinValue)));

    private async Task FetchAsync(
        EdgeState state, IReadOnlyList<SubjectKey> keys, List<int> missing, TierDetail?[] found, CancellationToken cancellation)
    {
        await FromTierAsync(state, keys, missing, found);
        await Task.WhenAll(
            FromUpstreamAsync(state, keys, missing.FindAll(i => found[i] is null && !state.IsLinked(keys[i])), found, false, cancellation),
            FromUpstreamAsync(state, keys, missing.FindAll(i => found[i] is null && state.IsLinked(keys[i])), found, true, cancellation));
    }

    // Redis has a subject's own facts, so linked subjects aren't looked for there.
    private async Task FromTierAsync(EdgeState state, IReadOnlyList<SubjectKey> keys, List<int> missing, TierDetail?[] found)
    {
        var subjects = new List<SubjectKey>(missing.Count);
        var wanted = new List<long>(missing.Count);
        var places = new List<int>(missing.Count);
        foreach (var i in missing)
        {
            found[i] = null;
            if (tier is not null && !state.IsLinked(keys[i]))
            {
                subjects.Add(keys[i]);
                wanted.Add(state.LastChange(keys[i]));
                places.Add(i);
            }
        }

        if (subjects.Count > 0)
        {
            var read = new TierDetail?[subjects.Count];
            await tier!.ReadAsync(subjects, wanted, read);
            for (var n = 0; n < read.Length; n++)
            {
                found[places[n]] = read[n];
            }
        }
    }

    // One question a subject at a time, however many ask; who joins may get an answer that is too old for it, and asks again.
    private async Task FromUpstreamAsync(
        EdgeState state, IReadOnlyList<SubjectKey> keys, List<int> places, TierDetail?[] found, bool withLinks, CancellationToken cancellation)
    {
        if (places.Count == 0)
        {
            return;
        }

        List<(SubjectKey Key, TaskCompletionSource<TierDetail> Answer)> own = [];
        var waiting = new Task<TierDetail>[places.Count];
        for (var n = 0; n < waiting.Length; n++)
        {
            var key = keys[places[n]];
            var answer = new TaskCompletionSource<TierDetail>(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting[n] = flights.GetOrAdd((key, withLinks), answer.Task);
            if (ReferenceEquals(waiting[n], answer.Task))
            {
                own.Add((key, answer));
            }
        }

        // Not ended with this caller: others may wait for it. The upstream's own time limit ends it.
        _ = Task.WhenAll(own.Chunk(MostAtOnce).Select(chunk => AskAsync(chunk, withLinks)));
        for (var n = 0; n < waiting.Length; n++)
        {
            found[places[n]] = await waiting[n].WaitAsync(cancellation);
        }
    }

    private async Task AskAsync((SubjectKey Key, TaskCompletionSource<TierDetail> Answer)[] own, bool withLinks)
    {
        try
        {
            Interlocked.Add(ref asked, own.Length);
            var sealedDetails = await upstream.ReadAsync(Array.ConvertAll(own, o => o.Key), withLinks, CancellationToken.None);
            for (var i = 0; i < own.Length; i++)
            {
                flights.TryRemove((own[i].Key, withLinks), out _);
                if (i < sealedDetails.Count && details.TryOpen(own[i].Key, sealedDetails[i].Span, out var position, out var facts))
                {
                    own[i].Answer.SetResult(new TierDetail(position, position, facts));
                }
                else
                {
                    own[i].Answer.SetException(new UpstreamException("The upstream's answer can't be opened."));
                }
            }
        }
        catch (Exception error)
        {
            foreach (var (key, answer) in own)
            {
                flights.TryRemove((key, withLinks), out _);
                answer.TrySetException(error as UpstreamException ?? new UpstreamException("The upstream doesn't answer.", error));
                // Whoever waited may have gone.
                _ = answer.Task.Exception;
            }
        }
    }
}
