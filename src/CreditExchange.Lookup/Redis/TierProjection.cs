using System.Threading.Channels;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Microsoft.Extensions.Logging;

namespace CreditExchange.Lookup.Redis;

/// <summary>
/// Writes the tier from a full node: follows the ledger behind the view, writes the details of the subjects that an event changed
/// and raises every bucket's progress. How far it came stands in Redis alone; whatever becomes of that, a lost bucket begins
/// anew and is filled. Any number of nodes may do so at once.
/// </summary>
public sealed class TierProjection(ILedger ledger, LookupView view, RedisTier tier, TimeProvider time, ILogger<TierProjection> logger)
{
    /// <summary>Most values a second that a fill writes, so that it leaves the server to those who ask.</summary>
    public const int FillPerSecond = 50_000;

    private const int Page = 1_000;
    private const int FillPage = 500;
    private const int MostReplay = 200_000;
    private const long Anew = long.MaxValue;

    // Buckets without a change are raised now and then; and while nothing happens at all, looked at, lest nobody notice that they are gone.
    private static readonly TimeSpan RaiseAll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookAtAll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);

    private readonly ChangedSubjects changed = new(ledger);
    private readonly Channel<SubjectKey> asked = Channel.CreateBounded<SubjectKey>(
        new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly long[] raised = new long[TierKeys.Buckets];
    private readonly HashSet<SubjectKey>?[] waiting = new HashSet<SubjectKey>?[TierKeys.Buckets];
    private readonly bool[] empty = new bool[TierKeys.Buckets];
    private readonly bool[] filling = new bool[TierKeys.Buckets];
    private readonly List<SubjectKey> keys = [];
    private long position;
    private long fillAfter = -1;
    private long filled;
    private long allRaisedAt;
    private long written;
    private long writtenAt = long.MinValue;

    /// <summary>Position that all buckets reflect; 0 before the first time.</summary>
    public long Written => Volatile.Read(ref written);

    /// <summary>How far the tier is behind the view; null while it was never written.</summary>
    public TimeSpan? Lag => Volatile.Read(ref writtenAt) is var at && at == long.MinValue ? null
        : Written >= view.Position ? TimeSpan.Zero : time.GetElapsedTime(at);

    /// <summary>Whether buckets are still being filled.</summary>
    public bool IsFilling => Volatile.Read(ref fillAfter) >= 0;

    /// <summary>A reader missed a subject: it is written with the next round. Nobody waits for it.</summary>
    public void Missed(in SubjectKey key) => asked.Writer.TryWrite(key);

    /// <summary>Writes until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (await ResumeAsync(stopping))
                {
                    await FollowAsync(stopping);
                }

                await DelayAsync(Retry, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                TierLog.Broken(logger, position, error);
                await DelayAsync(Retry, CancellationToken.None);
            }
        }
    }

    // Where Redis says that it stands; what it lacks begins anew.
    private async Task<bool> ResumeAsync(CancellationToken stopping)
    {
        Array.Clear(waiting);
        if (await tier.ReadProgressAsync() is not { } progress)
        {
            return false;
        }

        var reached = view.Position;
        var oldest = reached;
        for (var bucket = 0; bucket < raised.Length; bucket++)
        {
            var stands = progress[bucket] >= 0 && progress[bucket] >= reached - MostReplay;
            raised[bucket] = stands ? progress[bucket] : Anew;
            oldest = stands ? Math.Min(oldest, progress[bucket]) : oldest;
        }

        position = oldest;
        allRaisedAt = long.MinValue;
        stopping.ThrowIfCancellationRequested();
        return true;
    }

    private async Task FollowAsync(CancellationToken stopping)
    {
        while (true)
        {
            await CollectAsync(stopping);
            if (!await WriteAsync() || !await FillAsync())
            {
                return;
            }

            if (!IsFilling && ledger.Head <= position)
            {
                await WaitAsync(stopping);
            }
        }
    }

    private async Task CollectAsync(CancellationToken stopping)
    {
        var page = ledger.Read(position + 1, Page);
        if (page.Count > 0)
        {
            // Values are read from the view, so it has to be as far.
            while (!await view.WaitForAsync(page[^1].Position, LookAtAll, time, stopping))
            {
                stopping.ThrowIfCancellationRequested();
            }

            foreach (var stored in page)
            {
                Collect(stored);
                position = stored.Position;
            }
        }

        for (var n = 0; n < Page && asked.Reader.TryRead(out var key); n++)
        {
            Add(key);
        }
    }

    private void Collect(StoredEvent stored)
    {
        if (stored.Kind == EventKind.SubjectKeyActivated)
        {
            // Everything is asked for by other keys from now on. What was written under them before may lack listings that
            // were filed under them since, without an event: it is void.
            Array.Fill(raised, Anew);
        }

        keys.Clear();
        changed.Collect(stored, keys);
        foreach (var key in keys)
        {
            if (raised[TierKeys.BucketOf(key)] is var stands && (stands == Anew || stands < stored.Position))
            {
                Add(key);
            }
        }
    }

    private void Add(in SubjectKey key) => (waiting[TierKeys.BucketOf(key)] ??= []).Add(key);

    private async Task<bool> WriteAsync()
    {
        var since = allRaisedAt == long.MinValue ? TimeSpan.MaxValue : time.GetElapsedTime(allRaisedAt);
        var all = since >= LookAtAll || (since >= RaiseAll && Written < position);
        var writes = new List<BucketWrite>();
        for (var bucket = 0; bucket < raised.Length; bucket++)
        {
            if (all || waiting[bucket] is not null)
            {
                writes.Add(Prepare(bucket, waiting[bucket]));
                waiting[bucket] = null;
            }
        }

        if (!await SendAsync(writes))
        {
            return false;
        }

        if (all)
        {
            allRaisedAt = time.GetTimestamp();
            Volatile.Write(ref writtenAt, allRaisedAt);
            Volatile.Write(ref written, position);
        }

        return true;
    }

    private BucketWrite Prepare(int bucket, HashSet<SubjectKey>? subjects)
    {
        var values = new List<(SubjectKey, byte[])>(subjects?.Count ?? 0);
        foreach (var key in subjects ?? [])
        {
            values.Add((key, Seal(key)));
        }

        // Another node may be ahead.
        return new BucketWrite(bucket, raised[bucket], raised[bucket] == Anew ? position : Math.Max(raised[bucket], position), values);
    }

    /// <summary>A subject's detail as the view has it now.</summary>
    public byte[] Seal(in SubjectKey key)
    {
        view.ReadOwn(key, out var reading);
        return tier.Details.Seal(key, reading, time.GetUtcNow());
    }

    private async Task<bool> SendAsync(List<BucketWrite> writes)
    {
        if (writes.Count == 0)
        {
            return true;
        }

        if (await tier.WriteAsync(writes) is not { } anew)
        {
            return false;
        }

        for (var i = 0; i < writes.Count; i++)
        {
            raised[writes[i].Bucket] = writes[i].To;
            empty[writes[i].Bucket] |= anew[i];
        }

        return true;
    }

    // One page of the ledger's entities a round: between two of them, what changes goes out.
    private async Task<bool> FillAsync()
    {
        if (!IsFilling)
        {
            if (!Array.Exists(empty, e => e))
            {
                return true;
            }

            empty.CopyTo(filling, 0);
            Array.Clear(empty);
            filled = 0;
            Volatile.Write(ref fillAfter, 0);
            TierLog.Filling(logger, filling.Count(f => f), position);
        }

        var started = time.GetTimestamp();
        var page = ledger.ReadSubjects(fillAfter, FillPage);
        if (page.Count == 0)
        {
            Volatile.Write(ref fillAfter, -1);
            TierLog.Filled(logger, filled);
            return true;
        }

        var subjects = new HashSet<SubjectKey>[TierKeys.Buckets];
        var count = 0;
        foreach (var row in page)
        {
            foreach (var entry in row.Subjects)
            {
                var bucket = TierKeys.BucketOf(entry.Key);
                if (filling[bucket] && (subjects[bucket] ??= []).Add(entry.Key))
                {
                    count++;
                }
            }
        }

        var writes = new List<BucketWrite>();
        for (var bucket = 0; bucket < subjects.Length; bucket++)
        {
            if (subjects[bucket] is { } found)
            {
                // Not the position of now: what waits for this bucket since then isn't among these values.
                var stands = raised[bucket];
                writes.Add(Prepare(bucket, found) with { To = stands });
            }
        }

        if (!await SendAsync(writes))
        {
            // The rest of what was to be filled, and what may have been lost, is found out when Redis answers again.
            for (var bucket = 0; bucket < empty.Length; bucket++)
            {
                empty[bucket] |= filling[bucket];
            }

            Volatile.Write(ref fillAfter, -1);
            return false;
        }

        filled += count;
        Volatile.Write(ref fillAfter, page[^1].Entity);
        await DelayAsync(TimeSpan.FromSeconds((double)count / FillPerSecond) - time.GetElapsedTime(started), CancellationToken.None);
        return true;
    }

    private async Task WaitAsync(CancellationToken stopping)
    {
        var since = time.GetElapsedTime(allRaisedAt);
        var left = (Written < position ? RaiseAll : LookAtAll) - since;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(
            ledger.WaitBeyondAsync(position, over.Token),
            asked.Reader.WaitToReadAsync(over.Token).AsTask(),
            DelayAsync(left, over.Token));
        await over.CancelAsync();
        stopping.ThrowIfCancellationRequested();
    }

    private Task DelayAsync(TimeSpan delay, CancellationToken cancellation) =>
        delay > TimeSpan.Zero ? Task.Delay(delay, time, cancellation) : Task.CompletedTask;
}
