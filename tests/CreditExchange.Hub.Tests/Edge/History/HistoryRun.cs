using System.Globalization;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Hub.Tests.Edge.History;

/// <summary>What befalls the nodes while they are written to and asked.</summary>
internal enum Fault
{
    /// <summary>Redis is killed and comes back empty.</summary>
    RedisKilled,

    /// <summary>Redis is flushed.</summary>
    RedisFlushed,

    /// <summary>Redis has the content of a while ago again, and is told so late what it lacks.</summary>
    RedisOld,

    /// <summary>Redis is held still.</summary>
    RedisHeld,

    /// <summary>What is written doesn't reach Redis.</summary>
    WriterHeld,

    /// <summary>An edge node's connection to the full node is half open.</summary>
    FollowerHeld,

    /// <summary>An edge node's connection to the full node is cut.</summary>
    FollowerCut,

    /// <summary>An edge node's process is stopped and goes on.</summary>
    EdgeStopped,
}

/// <summary>Writers and readers at work on all nodes, one fault after the other, and everything that was answered.</summary>
internal sealed class HistoryRun : IDisposable
{
    private const int Subjects = 24;
    private readonly HistoryNodes nodes;
    private readonly HistoryWriter[] writers;
    private readonly HistoryReader[] readers;
    private readonly CancellationTokenSource over = new();
    // A write takes three permits, an answer gives one: so both go on at the pace of the machine.
    private readonly SemaphoreSlim pace = new(0);
    private readonly long[] answers = new long[3];
    private readonly long[] failures = new long[3];
    private Task working = Task.CompletedTask;
    private volatile bool isPaused;
    private volatile TaskCompletionSource? quiet;
    private long written;

    public HistoryRun(HistoryNodes nodes, int seed, bool carries = true)
    {
        this.nodes = nodes;
        var subjects = Enumerable.Range(0, Subjects)
            .Select(i => i % 2 == 0 ? TestListings.Company((seed * 100) + i) : TestListings.Person((seed * 100) + i)).ToArray();
        writers =
        [
            .. Enumerable.Range(0, 3).Select(i => new HistoryWriter(nodes.Full.Registry("hainan-high-court"), $"w{seed}-{i}", (seed * 10) + i, subjects)),
        ];
        // Two that stay with each edge node, one that stays with the full one, two that go from one to the other.
        int[][] ways = carries ? [[1], [1], [2], [2], [0], [0, 1, 2], [0, 1, 2]] : [[0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2]];
        readers =
        [
            .. ways.Select((way, i) => new HistoryReader(way.ToDictionary(n => n, nodes.Connect), (seed * 20) + i, subjects, carries)),
        ];
    }

    /// <summary>Answers of all readers.</summary>
    public long Answers => answers.Sum();

    /// <summary>Questions that no answer came to.</summary>
    public long Failures => failures.Sum();

    /// <summary>Writes that were answered.</summary>
    public long Written => Volatile.Read(ref written);

    /// <summary>Does the faults one after the other, under load.</summary>
    public async Task RunAsync(IEnumerable<(Fault Fault, int Edge)> faults)
    {
        working = Task.WhenAll(writers.Select(WriteAsync).Concat(readers.Select(ReadAsync)));
        try
        {
            await GoOnAsync();
            foreach (var (fault, edge) in faults)
            {
                await DoAsync(fault, edge);
                await GoOnAsync();
            }
        }
        finally
        {
            quiet?.TrySetResult();
            await over.CancelAsync();
            // Whatever ended the run, nobody works on after it.
            await Task.WhenAny(working);
        }

        await working;
        File.WriteAllLines("/tmp/hist-edges.log", nodes.Edges.SelectMany(e => e.Output).Concat(nodes.Full.Log));
        // Event 1101: a call that failed without a reason that is known.
        Assert.DoesNotContain(nodes.Edges.SelectMany(e => e.Output), line => line.Contains("ErrorInterceptor[1101]", StringComparison.Ordinal));
        Assert.DoesNotContain(nodes.Full.Log, line => line.Contains("CallFailed", StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        over.Dispose();
        pace.Dispose();
    }

    /// <summary>What is wrong with all that was answered.</summary>
    public async Task<IReadOnlyList<Anomaly>> CheckAsync()
    {
        var model = new LedgerModel(await nodes.ReadLedgerAsync());
        return new HistoryChecker(nodes.LedgerId, model, writers.SelectMany(w => w.Acknowledged)).Check(readers.Select(r => r.Answers));
    }

    private async Task DoAsync(Fault fault, int edge)
    {
        switch (fault)
        {
            case Fault.RedisKilled:
                nodes.Redis.Kill();
                await WorkAsync(writes: 30, reads: 10);
                await nodes.Redis.StartAgainAsync();
                break;
            case Fault.RedisFlushed:
                await nodes.Redis.CommandAsync("FLUSHALL");
                break;
            case Fault.RedisOld:
                await MakeOldAsync();
                break;
            case Fault.RedisHeld:
                nodes.Redis.HoldStill();
                await WorkAsync(writes: 30, reads: 10);
                nodes.Redis.GoOn();
                break;
            case Fault.WriterHeld:
                nodes.WriterToRedis.HoldStill();
                await WorkAsync(writes: 30, reads: 20);
                nodes.WriterToRedis.GoOn();
                break;
            case Fault.FollowerHeld:
                nodes.ToFull[edge].HoldStill();
                await WorkAsync(writes: 40, reads: 0);
                // It answers of its last position for a while, then it refuses.
                var (answered, refused) = (answers[edge + 1], failures[edge + 1]);
                await UntilAsync("answers or refusals of a frozen node", 1, () =>
                    Math.Max((Volatile.Read(ref answers[edge + 1]) - answered) / 30, (Volatile.Read(ref failures[edge + 1]) - refused) / 10));
                nodes.ToFull[edge].GoOn();
                break;
            case Fault.FollowerCut:
                nodes.ToFull[edge].Cut();
                await WorkAsync(writes: 40, reads: 0);
                nodes.ToFull[edge].GoOn();
                break;
            case Fault.EdgeStopped:
                var before = failures[edge + 1];
                nodes.Edges[edge].HoldStill();
                await WorkAsync(writes: 40, reads: 0);
                await UntilAsync("callers of a stopped node who give up", before + 3, () => failures[edge + 1]);
                nodes.Edges[edge].GoOn();
                break;
        }
    }

    // A dump is loaded under connections that stand; the buckets begin anew above it, and then the writer's way is held still, so
    // that what is void stays there for readers to find. Nobody asks meanwhile: what is missed is written again.
    private async Task MakeOldAsync()
    {
        await nodes.Redis.CommandAsync("SAVE");
        await WorkAsync(writes: 60, reads: 20);
        isPaused = true;
        var asking = quiet = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Eventually.HoldsAsync("all of it in Redis", () => nodes.Tier.Written == nodes.Head && !nodes.Tier.IsFilling);
        nodes.WriterToRedis.Delay = TimeSpan.FromMilliseconds(400);
        var before = await FloorAsync();
        await nodes.Redis.CommandAsync("DEBUG", "RELOAD", "NOSAVE");
        await Eventually.HoldsAsync("buckets that begin anew", async () => await FloorAsync() > before);
        nodes.WriterToRedis.HoldStill();
        quiet = null;
        asking.SetResult();
        await WorkAsync(writes: 0, reads: 100);
        nodes.WriterToRedis.Delay = TimeSpan.Zero;
        nodes.WriterToRedis.GoOn();
        isPaused = false;
    }

    private Task<long> FloorAsync() => nodes.Redis.DoAsync(async (database, _) =>
        long.Parse(((string)(await database.StringGetAsync($"cx:{{ff}}:{nodes.LedgerId}:p"))!).AsSpan(0, 20), CultureInfo.InvariantCulture));

    // All nodes answer again, and the edge nodes from Redis too.
    private async Task GoOnAsync()
    {
        var hits = await HitsAsync();
        await WorkAsync(writes: 10, reads: 20);
        await Eventually.HoldsAsync("answers from Redis", async () =>
        {
            await ThrowIfOverAsync();
            var now = await HitsAsync();
            return now.Zip(hits).All(h => h.First > h.Second);
        });
    }

    private Task<double[]> HitsAsync() => Task.WhenAll(nodes.Edges.Select(e => e.MetricAsync("creditexchange_redis_hits_total")));

    // So many writes more, and so many answers of each node.
    private async Task WorkAsync(int writes, int reads)
    {
        var (untilWritten, from) = (Written + writes, answers.ToArray());
        await UntilAsync("writes", untilWritten, () => Written);
        for (var node = 0; node < answers.Length; node++)
        {
            var of = node;
            await UntilAsync($"answers of node {of}", from[of] + reads, () => Volatile.Read(ref answers[of]));
        }
    }

    private Task UntilAsync(string what, long wanted, Func<long> reached) => Eventually.HoldsAsync(what, async () =>
    {
        await ThrowIfOverAsync();
        return reached() >= wanted;
    });

    // A writer or a reader that failed ends the run.
    private Task ThrowIfOverAsync() => working.IsFaulted ? working : Task.CompletedTask;

    private async Task WriteAsync(HistoryWriter writer)
    {
        while (!over.IsCancellationRequested)
        {
            await PermitAsync();
            if (!isPaused && !over.IsCancellationRequested)
            {
                await writer.WriteAsync();
                Interlocked.Increment(ref written);
            }
        }
    }

    private async Task PermitAsync()
    {
        try
        {
            for (var i = 0; i < 3; i++)
            {
                await pace.WaitAsync(over.Token);
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    private async Task ReadAsync(HistoryReader reader)
    {
        while (!over.IsCancellationRequested)
        {
            await (quiet?.Task ?? Task.CompletedTask);
            var (node, isAnswered) = await reader.AskAsync();
            Interlocked.Increment(ref (isAnswered ? answers : failures)[node]);
            pace.Release();
        }
    }
}
