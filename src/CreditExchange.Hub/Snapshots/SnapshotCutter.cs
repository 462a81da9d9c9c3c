using System.Diagnostics;
using CreditExchange.Domain.Errors;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Snapshots;

/// <summary>
/// Cuts snapshots, one at a time, every so many events in the background and when a reader finds none that is young enough.
/// A reader who goes away doesn't stop a cut: the next one who asks finds it done.
/// </summary>
public sealed class SnapshotCutter(
    ILedger ledger, LookupView view, SnapshotFolder folder, SnapshotOptions options, TimeProvider time, ILogger<SnapshotCutter> logger)
    : BackgroundService
{
    /// <summary>Up to so many listings a reader gets a snapshot of the position at which it asks: a cut takes milliseconds.</summary>
    public const int Small = 10_000;

    // Of more listings one is young for so long, so that many readers together don't keep the disk busy.
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromMinutes(1);

    // More events than this since the last snapshot would take more memory than reading the state again takes time.
    private const int MostChanges = 500_000;

    private readonly Lock gate = new();
    private readonly SnapshotCut cut = new(ledger);
    private readonly CancellationTokenSource stopping = new();
    private Task<long>? cutting;
    private bool isOpen;

    /// <summary>Holds a snapshot that is young enough, after cutting one where there is none.</summary>
    /// <exception cref="RuleViolation">SNAPSHOT_UNAVAILABLE when it can't be written.</exception>
    public async Task<SnapshotLease> CurrentAsync(CancellationToken cancellation)
    {
        var asked = view.Position;
        while (true)
        {
            Open();
            if (folder.Newest is { } newest && IsYoung(newest, asked) && folder.Take(newest.Position) is { } lease)
            {
                return lease;
            }

            await JoinCut().WaitAsync(cancellation);
        }
    }

    /// <summary>Holds the snapshot of a position; null: it is gone.</summary>
    /// <exception cref="RuleViolation">SNAPSHOT_UNAVAILABLE when the folder can't be read.</exception>
    public SnapshotLease? Take(long position)
    {
        Open();
        return folder.Take(position);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        stopping.Dispose();
        folder.Close();
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await base.StopAsync(cancellationToken);
        Task? last;
        lock (gate)
        {
            last = cutting;
        }

        // The ledger closes next: nobody may read it any more.
        await Task.WhenAny(last ?? Task.CompletedTask);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        long? faultAt = null;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (faultAt is { } at && time.GetElapsedTime(at) < PauseAfterFault)
            {
                continue;
            }

            try
            {
                Open();
                if (view.Position - (folder.Newest?.Position ?? 0) >= options.Every)
                {
                    await JoinCut();
                }

                folder.Tidy();
                faultAt = null;
            }
            catch (RuleViolation)
            {
                // Told by whoever met it.
                faultAt = time.GetTimestamp();
            }
        }
    }

    private static bool IsYoung((long Position, long Count, TimeSpan Age) newest, long asked) =>
        newest.Position >= asked || (newest.Count > Small && newest.Age < Young);

    private void Open()
    {
        if (Volatile.Read(ref isOpen))
        {
            return;
        }

        lock (gate)
        {
            if (isOpen)
            {
                return;
            }

            try
            {
                folder.Open(ledger.LedgerId, ledger.Head, (name, why) => SnapshotLog.Broken(logger, name, why));
                isOpen = true;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw Fault(error);
            }
        }
    }

    private Task<long> JoinCut()
    {
        lock (gate)
        {
            return cutting is { IsCompleted: false } ? cutting : cutting = Task.Run(Cut);
        }
    }

    private long Cut()
    {
        var position = view.Position;
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var older = Older(position);
            using (var writer = new SnapshotFileWriter(folder.Temporary))
            {
                if (older is null)
                {
                    cut.FromState(position, writer, stopping.Token);
                }
                else
                {
                    cut.FromOlder(older.File, position, writer, stopping.Token);
                }

                writer.Complete(folder.PathOf(position), ledger.LedgerId, position);
            }

            folder.Added(position);
        }
        catch (OperationCanceledException)
        {
            throw new RuleViolation(ErrorReason.ShuttingDown);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw Fault(error);
        }

        SnapshotLog.Done(logger, position, folder.Newest?.Count ?? 0, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return position;
    }

    private SnapshotLease? Older(long position) =>
        folder.Newest is { } newest && newest.Position <= position && position - newest.Position <= MostChanges ? folder.Take(newest.Position) : null;

    private RuleViolation Fault(Exception error)
    {
        SnapshotLog.Failed(logger, error);
        return new RuleViolation(ErrorReason.SnapshotUnavailable);
    }
}

internal static partial class SnapshotLog
{
    [LoggerMessage(4100, LogLevel.Information, "Snapshot of {Count} listings at position {Position}, cut in {Milliseconds:F0} ms.", EventName = "SnapshotCut")]
    public static partial void Done(ILogger logger, long position, long count, double milliseconds);

    [LoggerMessage(
        4101, LogLevel.Error,
        "A snapshot could not be written; the hub goes on without, and readers of snapshots are told to come again. Make room in the data folder.",
        EventName = "SnapshotFailed")]
    public static partial void Failed(ILogger logger, Exception error);

    [LoggerMessage(4102, LogLevel.Warning, "The snapshot '{Name}' is broken and was deleted: {Cause}", EventName = "SnapshotBroken")]
    public static partial void Broken(ILogger logger, string name, string cause);
}
