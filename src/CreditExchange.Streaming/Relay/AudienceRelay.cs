using System.Threading.Channels;
using Confluent.Kafka;
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
    // What is read, masked and sealed at once, and as much again waits: some megabytes.
    private const int PageSize = 2_000;
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
        // The next page is made while one is sent.
        var pages = Channel.CreateBounded<RelayRecord[]>(1);
        var reading = ReadAsync(session.Position + 1, pages.Writer, ending.Token);
        try
        {
            Send(session, pages.Reader, ending.Token);
        }
        finally
        {
            ending.Cancel();
            reading.GetAwaiter().GetResult();
        }
    }

    private void Send(RelaySession session, ChannelReader<RelayRecord[]> pages, CancellationToken cancellation)
    {
        while (Renew())
        {
            cancellation.ThrowIfCancellationRequested();
            if (!pages.TryRead(out var page) && session.UntilCheckpoint is var left && left > TimeSpan.Zero)
            {
                // Awake for a page, a checkpoint, or the lease.
                pages.WaitToReadAsync(cancellation).AsTask().Wait(Min(left, RelayLease.Beat), cancellation);
                pages.TryRead(out page);
            }

            session.Send(page ?? []);
            status.Reached(session.Position, page?.Length ?? 0);
        }
    }

    private bool Renew() => lease.IsDue ? lease.Renew() : lease.IsHeld;

    private async Task ReadAsync(long next, ChannelWriter<RelayRecord[]> pages, CancellationToken cancellation)
    {
        // Not on the relay's thread.
        await Task.Yield();
        Exception? fault = null;
        try
        {
            while (true)
            {
                var stored = ledger.Read(next, PageSize);
                if (stored.Count == 0)
                {
                    await ledger.WaitBeyondAsync(next - 1, cancellation);
                    continue;
                }

                await events.ReachAsync(stored[^1].Position, cancellation);
                ledger.WillOpen(stored);
                var records = new RelayRecord[stored.Count];
                Parallel.For(0, records.Length, i => records[i] = RelayRecord.Of(stored[i], audience, events, ledger));
                if (records.Any(r => r.HasContent))
                {
                    events.Delivering(
                        audience, records[0].Position, records[^1].Position, [.. records.Where(r => r.HasContent).Select(r => r.ListingId)]);
                }

                Traps.Reach("relay.after-record");
                await pages.WriteAsync(records, cancellation);
                next = stored[^1].Position + 1;
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The session is over.
        }
#pragma warning disable CA1031 // The sender hears of it and ends the session.
        catch (Exception error)
#pragma warning restore CA1031
        {
            fault = error is AggregateException { InnerException: { } inner } ? inner : error;
        }
        finally
        {
            pages.TryComplete(fault);
        }
    }

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
