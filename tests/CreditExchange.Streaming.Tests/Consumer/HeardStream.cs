using System.Collections.Concurrent;
using CreditExchange.Client.Streams.Following;
using CreditExchange.TestKit;

namespace CreditExchange.Streaming.Tests.Consumer;

/// <summary>Keeps all that a consumer tells, and progress in memory.</summary>
internal sealed class HeardStream : IStreamHandler, IStreamProgressStore
{
    public ConcurrentQueue<StreamEvent> Events { get; } = new();

    public ConcurrentQueue<string> State { get; } = new();

    public ConcurrentQueue<(PoisonReason Reason, StreamRecord Record)> Poison { get; } = new();

    public ConcurrentQueue<StreamFaultException> Faults { get; } = new();

    public ConcurrentQueue<string> Interruptions { get; } = new();

    public bool GoesOn { get; init; }

    /// <summary>Fails instead of applying this position.</summary>
    public long FailsAt { get; set; }

    public StreamProgress? Progress { get; set; }

    public IEnumerable<long> Positions => Events.Select(e => e.Position);

    public ValueTask ApplyAsync(StreamEvent told, CancellationToken cancellation)
    {
        if (told.Position == FailsAt)
        {
            throw new InvalidDataException($"can't apply {FailsAt}");
        }

        Events.Enqueue(told);
        return ValueTask.CompletedTask;
    }

    public ValueTask SnapshotBeginsAsync(CancellationToken cancellation)
    {
        State.Enqueue("begin");
        return ValueTask.CompletedTask;
    }

    public ValueTask ApplyStateAsync(StreamEvent state, CancellationToken cancellation)
    {
        State.Enqueue($"{state.KeyText}@{state.Position}{(state.Event.Listing is { } l ? $" {l.SubjectName}" : "")}");
        return ValueTask.CompletedTask;
    }

    public ValueTask SnapshotEndsAsync(long through, CancellationToken cancellation)
    {
        State.Enqueue($"end {through}");
        return ValueTask.CompletedTask;
    }

    public ValueTask PoisonAsync(StreamRecord record, PoisonReason reason, CancellationToken cancellation)
    {
        Poison.Enqueue((reason, record));
        return ValueTask.CompletedTask;
    }

    public ValueTask<bool> GoOnAfterAsync(StreamFaultException fault, CancellationToken cancellation)
    {
        Faults.Enqueue(fault);
        return ValueTask.FromResult(GoesOn);
    }

    public void Interrupted(string what) => Interruptions.Enqueue(what);

    public ValueTask<StreamProgress?> ReadAsync(CancellationToken cancellation) => ValueTask.FromResult(Progress);

    public ValueTask WriteAsync(StreamProgress progress, CancellationToken cancellation)
    {
        Progress = progress;
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs a consumer until something holds, then stops it.</summary>
    public static async Task RunUntilAsync(StreamConsumer consumer, string what, Func<bool> holds)
    {
        using var stop = new CancellationTokenSource();
        var running = Task.Run(() => consumer.RunAsync(stop.Token));
        await Eventually.HoldsAsync(what, () => running.IsFaulted || holds());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>Runs a consumer until it refuses the stream.</summary>
    public static async Task<StreamFaultException> RefusedAsync(StreamConsumer consumer)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await Assert.ThrowsAsync<StreamFaultException>(() => consumer.RunAsync(stop.Token));
    }
}
