using System.Collections.Concurrent;
using System.Threading.Channels;
using CreditExchange.Ledger;

namespace CreditExchange.Streaming.Relay;

/// <summary>
/// Reads the ledger in pages and makes their records ahead of who sends them, some pages at a time on the pool's threads. They come in order.
/// </summary>
internal sealed class PageFeed(ILedger ledger, IAudienceEvents events, PageMaker maker, TimeProvider time)
{
    /// <summary>Events of a page at most; small, since what a page is made of lives until it is made.</summary>
    public const int PageSize = 250;

    // Some megabytes.
    private const int PagesAhead = 8;

    // At the head of a busy ledger a page for each group of writes would cost more than its events.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(10);

    private readonly Channel<Task<RelayPage>> pages = Channel.CreateBounded<Task<RelayPage>>(
        new BoundedChannelOptions(PagesAhead) { SingleReader = true, SingleWriter = true });

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
        try
        {
            while (await pages.Writer.WaitToWriteAsync(cancellation))
            {
                if (ledger.Head < next)
                {
                    await ledger.WaitBeyondAsync(next - 1, cancellation);
                    await Task.Delay(Gathering, time, cancellation);
                }

                var (from, through) = (next, Math.Min(ledger.Head, next + PageSize - 1));
                await events.ReachAsync(through, cancellation);
                pages.Writer.TryWrite(Task.Run(() => Make(from, (int)(through - from + 1)), CancellationToken.None));
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
            pages.Writer.TryComplete(fault);
        }
    }

    /// <summary>Waits for what is being made and nobody will send.</summary>
    public void Drain()
    {
        while (pages.Reader.TryRead(out var page))
        {
            // Its fault concerns nobody any more.
            page.ContinueWith(static p => _ = p.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait();
        }
    }

    private RelayPage Make(long from, int count)
    {
        var page = spare.TryTake(out var used) ? used : new RelayPage(PageSize);
        maker.Fill(page, from, count);
        return page;
    }
}
