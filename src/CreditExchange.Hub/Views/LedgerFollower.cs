using System.Threading.Channels;
using CreditExchange.Hub.Keys;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Views;

/// <summary>
/// Feeds all in-memory views of this node: once from the state, then with every event in order. The only writer of the
/// views. A fault stops it, and with it every check: an answer that may miss an event must not be given.
/// </summary>
public sealed class LedgerFollower(
    ILedger ledger, LookupView view, LookupFeed feed, IEnumerable<ILedgerView> views, ViewImage image, ILogger<LedgerFollower> logger)
    : BackgroundService
{
    private const int PageSize = 1_000;
    private const int LoadPage = 200;
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(1);
    private readonly ILedgerView[] views = [.. views];
    private readonly SubjectRefiler refiler = new(ledger, view, feed);
    private long position;

    /// <summary>Whether the views stand still because of a fault.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>
    /// Fills the views from their image and what came after it, or from the state at the head. Before anything is written or asked.
    /// </summary>
    public async Task LoadAsync()
    {
        var head = ledger.Head;
        if (image.Load() is > 0 and var from)
        {
            LoadSince(from);
        }
        else
        {
            await LoadStateAsync();
        }

        // A switch of the subject key may have come before the rows were filed under it.
        refiler.CompleteView(ledger.Keys.Subject.Version, CancellationToken.None);
        Traps.Reach("follower.after-load");
        position = head;
        view.Filled(head, ledger.HeadRecordedAt);
        view.AtHead();
        FollowerLog.Loaded(logger, head, view.ListingCount, view.SubjectCount);
    }

    // The image has the listings of its position; of everything else there is little.
    private void LoadSince(long from)
    {
        for (long after = 0; ledger.ReadOpenOthers(after, PageSize) is { Count: > 0 } page; after = page[^1].Entity)
        {
            foreach (var row in page)
            {
                Load(row, OpenPartReader.Read(ledger, row));
            }
        }

        foreach (var erased in ledger.ErasedSince(from))
        {
            view.RemoveListing(erased);
        }

        for (var after = from; ledger.ReadOpenSince(after, PageSize) is { Count: > 0 } page; after = page[^1].Position)
        {
            foreach (var row in page)
            {
                if (row.State != ListingState.Unspecified)
                {
                    Load(row, OpenPartReader.Read(ledger, row));
                }
            }
        }
    }

    private async Task LoadStateAsync()
    {
        // Reading, parsing and applying overlap: a start should use both cores of a small machine.
        // Short pages and short queues: whatever is under way when a collection comes is copied by it.
        var pages = Channel.CreateBounded<IReadOnlyList<StateRow>>(2);
        var parsed = Channel.CreateBounded<IReadOnlyList<(StateRow Row, LedgerEvent Open)>>(2);
        var reading = Task.Run(() => ReadPagesAsync(pages.Writer));
        var parsing = Task.Run(() => ParsePagesAsync(pages.Reader, parsed.Writer));
        await foreach (var page in parsed.Reader.ReadAllAsync())
        {
            foreach (var (row, open) in page)
            {
                Load(row, open);
            }
        }

        await Task.WhenAll(reading, parsing);
    }

    private void Load(StateRow row, LedgerEvent open)
    {
        var subjects = SubjectEntry.ReadAll(row.Subjects.Span);
        feed.Apply(row.Event, open, subjects);
        ApplyToOthers(row.Event, open, subjects);
    }

    private async Task ReadPagesAsync(ChannelWriter<IReadOnlyList<StateRow>> pages)
    {
        Exception? fault = null;
        try
        {
            long after = 0;
            while (ledger.ReadOpenState(after, LoadPage) is { Count: > 0 } page)
            {
                after = page[^1].Entity;
                await pages.WriteAsync(page);
            }
        }
        catch (Exception error)
        {
            fault = error;
            throw;
        }
        finally
        {
            pages.Complete(fault);
        }
    }

    private async Task ParsePagesAsync(
        ChannelReader<IReadOnlyList<StateRow>> pages, ChannelWriter<IReadOnlyList<(StateRow Row, LedgerEvent Open)>> parsed)
    {
        Exception? fault = null;
        try
        {
            await foreach (var page in pages.ReadAllAsync())
            {
                var opened = new (StateRow, LedgerEvent)[page.Count];
                for (var i = 0; i < opened.Length; i++)
                {
                    opened[i] = (page[i], OpenPartReader.Read(ledger, page[i]));
                }

                await parsed.WriteAsync(opened);
            }
        }
        catch (Exception error)
        {
            fault = error;
            throw;
        }
        finally
        {
            parsed.Complete(fault);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Long work between awaits; not on the thread that starts the host.
        await Task.Yield();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await ledger.WaitBeyondAsync(position, stoppingToken);
                CatchUp(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            End();
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    // What was written last is mostly applied within milliseconds, and the image then has it too.
    private void End()
    {
        try
        {
            using var patience = new CancellationTokenSource(LastPatience);
            CatchUp(patience.Token);
            FollowerLog.Stopped(logger, position);
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private void Fail(Exception error)
    {
        HasFailed = true;
        FollowerLog.Failed(logger, position + 1, error);
    }

    private void CatchUp(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested && ledger.Read(position + 1, PageSize) is { Count: > 0 } page)
        {
            foreach (var stored in page)
            {
                Traps.Reach("follower.before-apply");
                Apply(stored, Parse(stored), FiledSubjects(stored));
                Traps.Reach("follower.after-apply");
                stored.Applied();
                position = stored.Position;
            }
        }

        // One that was stopped on the way is behind, and must not say that it is fresh.
        if (!stopping.IsCancellationRequested)
        {
            view.AtHead();
        }
    }

    private LedgerEvent Parse(StoredEvent stored) => OpenPartReader.IsLink(stored)
        ? ledger.Open(stored)
        : stored.OpenMessage ?? OpenPartReader.ReadListing(stored) ?? ledger.OpenPart(stored);

    // The lookup view last: its position tells what all of them have.
    private void Apply(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry>? subjects)
    {
        subjects ??= Recompute(stored, open);
        ApplyToOthers(stored, open, subjects);
        using (view.BeginEvent(stored.Position, stored.RecordedAt))
        {
            feed.Apply(stored, open, subjects);
        }
    }

    private void ApplyToOthers(StoredEvent stored, LedgerEvent open, IReadOnlyList<SubjectEntry> subjects)
    {
        foreach (var one in views)
        {
            one.Apply(stored, open, subjects);
        }
    }

    // Events read back from the store carry no subject entries: they are made again from the content.
    private SubjectEntry[] Recompute(StoredEvent stored, LedgerEvent open) => open.BodyCase switch
    {
        // Its key may have gone between the read and now; the erasure itself follows.
        LedgerEvent.BodyOneofCase.Listing when !stored.IsErased && ledger.Open(stored) is { Redaction: Redaction.Unspecified } whole =>
            SubjectEntries.Of(whole.Listing, ledger.Keys, view.Catalogue),
        LedgerEvent.BodyOneofCase.SubjectLink when !stored.IsErased => SubjectEntries.Of(open.SubjectLink, ledger.Keys),
        _ => [],
    };

    // Entries that were made just before a rotation of the subject key began or ended lack a version: they are made again.
    private IReadOnlyList<SubjectEntry>? FiledSubjects(StoredEvent stored) =>
        stored.Subjects is { } made && SubjectEntries.AreFiled(made, ledger.Keys.Subjects) ? made : null;
}

internal static partial class FollowerLog
{
    [LoggerMessage(2000, LogLevel.Information, "Views filled at position {Position}: {Listings} listings, {Subjects} subjects.", EventName = "ViewsFilled")]
    public static partial void Loaded(ILogger logger, long position, int listings, int subjects);

    [LoggerMessage(2001, LogLevel.Critical, "The views stopped before position {Position}; checks are refused until a restart.", EventName = "ViewsFailed")]
    public static partial void Failed(ILogger logger, long position, Exception error);

    [LoggerMessage(2002, LogLevel.Debug, "Follower stopped at position {Position}.", EventName = "FollowerStopped")]
    public static partial void Stopped(ILogger logger, long position);
}
