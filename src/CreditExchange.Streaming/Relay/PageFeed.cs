using System.Collections.Concurrent;
using System.Threading.Channels;
using CreditExchange.Ledger;

namespace CreditExchange.Streaming.Relay;

/// <summary>
/// Reads the ledger in pages and makes their records ahead of who sends them, some pages at a time. They come in order. The threads are
/// its own: in the pool's queue a catching up would stand before checks and publishes.
/// </summary>
internal sealed class PageFeed(ILedger ledger, IAudienceEvents events, PageMaker maker, TimeProvider time) : IDisposable
{
    /// <summary>Events of a page at most; small, since what a page is made of lives until it is made.</summary>
    public const int PageSize = 250;

    // Some megabytes.
    private const int PagesAhead = 8;
    private const int MostWorkers = 4;

    // At the head of a busy ledger a page, and a transaction, for each group of writes would cost more than its events.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(15);

    private readonly Channel<Task<RelayPage>> pages = Channel.CreateBounded<Task<RelayPage>>(
        new BoundedChannelOptions(PagesAhead) { SingleReader = true, SingleWriter = true });

    private readonly BlockingCollection<Order> orders = [];
    private readonly ConcurrentBag<RelayPage> spare = [];

    /// <summary>The pages, being made; they end with the fault that ended the reading.</summary>
    public ChannelReader<Task<RelayPage>> Pages => pages.Reader;

    /// <summary>Gives a page back that was sent.</summary>
    public void Return(RelayPage page) => spare.Add(page);

    /// <summary>Reads from a position on, until cancelled.</summary>
    public async Task RunAsync(long next, CancellationToken cancellation)
    {
        // Not on the relay's thread.
        await Task.Yield();
        Exception? fault = null;
        long? before = null;
        var workers = new Task[Math.Clamp(Environment.ProcessorCount, 1, MostWorkers)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = Task.Factory.StartNew(() => Work(cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        try
        {
            while (await pages.Writer.WaitToWriteAsync(cancellation))
            {
                if (ledger.Head < next)
                {
                    await ledger.WaitBeyondAsync(next - 1, cancellation);
                }

                // The first event after a silence goes at once, and so does what is to be caught up with.
                if (before is { } then && ledger.Head - next + 1 < PageSize && Gathering - time.GetElapsedTime(then) is var left && left > TimeSpan.Zero)
                {
                    await Task.Delay(left, time, cancellation);
                }

                before = time.GetTimestamp();
                var through = Math.Min(ledger.Head, next + PageSize - 1);
                await events.ReachAsync(through, cancellation);
                var order = new Order(next, (int)(through - next + 1), new TaskCompletionSource<RelayPage>());
                pages.Writer.TryWrite(order.Page.Task);
                orders.Add(order, CancellationToken.None);
                next = through + 1;
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
            fault = error;
        }
        finally
        {
            orders.CompleteAdding();
            await Task.WhenAll(workers);
            pages.Writer.TryComplete(fault);
        }
    }

    /// <summary>After the reading has ended.</summary>
    public void Dispose() => orders.Dispose();

    private void Work(CancellationToken cancellation)
    {
        foreach (var (from, count, result) in orders.GetConsumingEnumerable(CancellationToken.None))
        {
            if (cancellation.IsCancellationRequested)
            {
                result.SetCanceled(cancellation);
                continue;
            }

            try
            {
                var page = spare.TryTake(out var used) ? used : new RelayPage(PageSize);
                maker.Fill(page, from, count);
                result.SetResult(page);
            }
#pragma warning disable CA1031 // The sender meets it.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                result.SetException(fault);
            }
        }
    }

    private sealed record Order(long From, int Count, TaskCompletionSource<RelayPage> Page);
}
