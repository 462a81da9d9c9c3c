using CreditExchange.Hub.Hosting;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Images;

namespace CreditExchange.Hub.Views;

/// <summary>
/// Keeps the lookup view's image in the data folder: written now and then, so that a start after a crash has little to catch up
/// with, and when the hub stops. Nothing depends on it but how long a start takes.
/// </summary>
public sealed class ViewImage(LookupView view, ILedger ledger, HubOptions options, TimeProvider time, ILogger<ViewImage> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // An import changes much every second, and the disk is its own then.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    // So many events a start applies in less than a second; and a fiftieth of the listings are a fiftieth of the work.
    private const int MostEventsBehind = 10_000;
    private const int MostShareBehind = 50;
    private readonly string path = Path.Combine(options.Data, "view.image");
    private long written;
    private int removals;
    private byte keyVersion;
    private long writtenAt = time.GetTimestamp();

    /// <summary>Fills the view from the image. Before anything else fills it.</summary>
    /// <returns>The position that the view reflects; 0: it is empty.</returns>
    public long Load()
    {
        try
        {
            written = LookupImage.Load(path, view, ledger);
            keyVersion = ledger.Keys.Subject.Version;
            if (written > 0)
            {
                ImageLog.Loaded(logger, written, view.ListingCount);
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            ImageLog.PassedOver(logger, error);
        }

        return written;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (ledger.ErasedSince(view.Position).Count > 0)
        {
            // The view ends before an erasure, and what was erased must not stay in a file.
            Try(() => File.Delete(path));
        }
        else if (view.Position > written)
        {
            Try(Write);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var isBehind = view.Position - written > Math.Max(MostEventsBehind, view.ListingCount / MostShareBehind)
                    || (view.KeyVersion != keyVersion && view.ListingCount > 0);
                // What was erased must not stay in a file either, and one of before a switch of the subject key is of no use.
                if (view.Removals != removals || (isBehind && time.GetElapsedTime(writtenAt) > Pause))
                {
                    Try(Write);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            ImageLog.Stopped(logger, written);
        }
    }

    private void Write()
    {
        var before = view.Removals;
        (keyVersion, writtenAt) = (view.KeyVersion, time.GetTimestamp());
        written = LookupImage.Write(path, view, ledger);
        removals = before;
        ImageLog.Written(logger, written, view.ListingCount);
    }

    private void Try(Action change)
    {
        try
        {
            change();
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            ImageLog.NotWritten(logger, error);
        }
    }
}

internal static partial class ImageLog
{
    [LoggerMessage(2010, LogLevel.Information, "The view's image is of position {Position}: {Listings} listings.", EventName = "ImageLoaded")]
    public static partial void Loaded(ILogger logger, long position, int listings);

    [LoggerMessage(2011, LogLevel.Warning, "The view's image is passed over; the view is filled from the ledger.", EventName = "ImagePassedOver")]
    public static partial void PassedOver(ILogger logger, Exception error);

    [LoggerMessage(2012, LogLevel.Debug, "The view's image was written at position {Position}: {Listings} listings.", EventName = "ImageWritten")]
    public static partial void Written(ILogger logger, long position, int listings);

    [LoggerMessage(2013, LogLevel.Warning, "The view's image can't be written; the next start takes longer.", EventName = "ImageNotWritten")]
    public static partial void NotWritten(ILogger logger, Exception error);

    [LoggerMessage(2014, LogLevel.Debug, "The view's image rests at position {Position}.", EventName = "ImageStopped")]
    public static partial void Stopped(ILogger logger, long position);
}
