using System.Runtime.ExceptionServices;
using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;
using Microsoft.Extensions.Logging;

namespace CreditExchange.Streaming.Relay;

/// <summary>
/// Follows the ledger for one audience and writes every position once to its topics. Of several on one store one works and the others
/// wait. A fault of the brokers interrupts it and nothing else: it tries again, and the ledger keeps what it has not sent.
/// </summary>
public sealed class AudienceRelay(
    Audience audience, ILedger ledger, IAudienceEvents events, KafkaOptions options, CheckpointKey signing, RelayStatus status, TimeProvider time, ILogger logger)
{
    // A transaction costs much the same whether it is small or large; this much is lost and sent again when one fails.
    private const int MostInBatch = 20_000;
    private static readonly TimeSpan LongestBatch = RelayLease.Beat / 2;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Watching = TimeSpan.FromMilliseconds(500);
    private readonly KafkaClients clients = new(options, logger);
    private readonly RelayLease lease = new(ledger.Progress, audience.Name, Guid.CreateVersion7().ToString("N"), time);

    /// <summary>Works until cancelled, on a thread of its own: librdkafka's calls block, and the pool's threads answer checks.</summary>
    public Task RunAsync(CancellationToken cancellation) =>
        Task.Factory.StartNew(() => Run(cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken cancellation)
    {
        var pause = FirstPause;
        while (!cancellation.IsCancellationRequested)
        {
            var before = status.Position;
            try
            {
                if (lease.TryTake())
                {
                    Work(cancellation);
                    RelayLog.Lost(logger, audience.Name);
                }

                status.Waits();
                cancellation.WaitHandle.WaitOne(Watching);
                continue;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (StreamRefusedException refusal)
            {
                status.Refused(refusal.Message);
                RelayLog.Refused(logger, audience.Name, refusal.Message);
                pause = LongestPause;
            }
#pragma warning disable CA1031 // Whatever went wrong is told, and what was not sent is sent later.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                pause = status.Position > before ? FirstPause : Min(pause * 2, LongestPause);
                status.Interrupted();
                RelayLog.Interrupted(logger, audience.Name, status.Position, pause.TotalSeconds, $"{fault.GetType().Name}: {fault.Message}");
            }

            cancellation.WaitHandle.WaitOne(pause);
        }

        Release();
    }

    private void Work(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var session = new RelaySession(audience, lease, ledger, clients, options.Transactions, signing, time, ending.Token);
        RelayLog.Opened(
            logger, audience.Name, session.Position, audience.Options.EventsTopic, audience.Options.StateTopic, session.PartitionCount, audience.TokenKeyId, lease.Fence);
        if (!Renew())
        {
            return;
        }

        session.Begin();
        status.Works(session.Position, session.PartitionCount);
        using var feed = new PageFeed(ledger, events, new PageMaker(ledger, events, audience, session.PartitionCount), time);
        var reading = feed.RunAsync(session.Position + 1, ending.Token);
        try
        {
            Send(session, feed, ending.Token);
        }
        finally
        {
            ending.Cancel();
            reading.GetAwaiter().GetResult();
        }
    }

    private void Send(RelaySession session, PageFeed feed, CancellationToken cancellation)
    {
        while (Renew())
        {
            // Awake for a page, a checkpoint, or the lease.
            var wait = Min(session.UntilCheckpoint, RelayLease.Beat);
            var count = Next(feed, wait, cancellation) is { } first ? SendBatch(session, first, feed, cancellation) : 0;
            session.Commit();
            status.Reached(session.Position, count);
        }
    }

    // While there is much to catch up with many pages go together, up to a measure of events and of time; else those that are made.
    private int SendBatch(RelaySession session, RelayPage first, PageFeed feed, CancellationToken cancellation)
    {
        var (begun, count) = (time.GetTimestamp(), 0);
        for (var page = first; page is not null;)
        {
            // No log, no delivery.
            if (page.ListingsWithContent() is { Count: > 0 } listings)
            {
                events.Delivering(audience, page.First, page.Last, listings);
            }

            Traps.Reach("relay.after-record");
            session.Send(page);
            count += page.Records.Length;
            var wait = ledger.Head - page.Last >= PageFeed.PageSize ? LongestBatch : TimeSpan.Zero;
            feed.Return(page);
            page = count <= MostInBatch - PageFeed.PageSize && time.GetElapsedTime(begun) < LongestBatch ? Next(feed, wait, cancellation) : null;
        }

        return count;
    }

    private static RelayPage? Next(PageFeed feed, TimeSpan wait, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!feed.Pages.TryRead(out var page))
        {
            if (wait <= TimeSpan.Zero)
            {
                return null;
            }

            try
            {
                feed.Pages.WaitToReadAsync(cancellation).AsTask().Wait(wait, cancellation);
            }
            catch (AggregateException fault) when (fault.InnerException is { } inner)
            {
                ExceptionDispatchInfo.Throw(inner);
            }

            if (!feed.Pages.TryRead(out page))
            {
                return null;
            }
        }

        return page.GetAwaiter().GetResult();
    }

    private bool Renew() => lease.IsDue ? lease.Renew() : lease.IsHeld;

    private void Release()
    {
        try
        {
            lease.Release();
        }
        catch (LedgerUnavailableException)
        {
            // The next one waits for its patience.
            return;
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
