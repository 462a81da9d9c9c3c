using CreditExchange.Ledger;

namespace CreditExchange.Hub.Keys;

/// <summary>Carries rotations through in the background: what a start finds unfinished, and what is asked for.</summary>
public sealed class KeyWork(ILedger ledger, SubjectKeyRotation subject, Access.SigningKey signing, TimeProvider time, ILogger<KeyWork> logger)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim wrappingAsked = new(1);
    private readonly SemaphoreSlim subjectAsked = new(1);

    /// <summary>A rotation was begun: carry it on.</summary>
    public void Wake()
    {
        wrappingAsked.Release();
        subjectAsked.Release();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        wrappingAsked.Dispose();
        subjectAsked.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Task.Run(() => FollowAsync(wrappingAsked, RewrapAsync, stoppingToken), CancellationToken.None),
        Task.Run(() => FollowAsync(subjectAsked, subject.RunAsync, stoppingToken), CancellationToken.None),
        Task.Run(() => EndTokensAsync(stoppingToken), CancellationToken.None));

    private async Task FollowAsync(SemaphoreSlim asked, Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await asked.WaitAsync(stopping);
                while (!await TryAsync(work, stopping))
                {
                    await Task.Delay(Pause, time, stopping);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            KeyWorkLog.Stopped(logger);
        }
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        try
        {
            await work(stopping);
            return true;
        }
        catch (LedgerUnavailableException failure)
        {
            KeyWorkLog.Waiting(logger, failure);
            return false;
        }
#pragma warning disable CA1031 // A rotation that can't go on must not stop the hub; the status shows that it stands.
        catch (Exception failure) when (failure is not OperationCanceledException)
#pragma warning restore CA1031
        {
            KeyWorkLog.Failed(logger, failure);
            return true;
        }
    }

    private Task RewrapAsync(CancellationToken stopping)
    {
        if (ledger.KeyBook.IsRewrapping)
        {
            ledger.KeyBook.Rewrap(stopping);
            KeyWorkLog.Rewrapped(logger);
        }

        return Task.CompletedTask;
    }

    private async Task EndTokensAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            do
            {
                foreach (var ended in signing.EndRetired())
                {
                    ledger.KeyBook.RecordRetired(ended);
                }
            }
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            KeyWorkLog.Stopped(logger);
        }
    }
}

internal static partial class KeyWorkLog
{
    [LoggerMessage(1300, LogLevel.Information, "Version {Version} of the subject key is in force from position {Position}.", EventName = "SubjectKeySwitched")]
    public static partial void SubjectSwitched(ILogger logger, int version, long position);

    [LoggerMessage(1301, LogLevel.Information, "Version {Version} of the subject key is retired: nothing is filed under it; it stays for the access log's records.", EventName = "SubjectKeyRetired")]
    public static partial void SubjectRetired(ILogger logger, int version);

    [LoggerMessage(1302, LogLevel.Information, "All stored keys lie under the current wrapping key.", EventName = "KeysRewrapped")]
    public static partial void Rewrapped(ILogger logger);

    [LoggerMessage(1303, LogLevel.Warning, "A key rotation can't go on now; it is tried again.", EventName = "KeyRotationWaiting")]
    public static partial void Waiting(ILogger logger, Exception failure);

    [LoggerMessage(1304, LogLevel.Error, "A key rotation stands still; it goes on after a restart.", EventName = "KeyRotationFailed")]
    public static partial void Failed(ILogger logger, Exception failure);

    [LoggerMessage(1305, LogLevel.Debug, "Key rotations stopped.", EventName = "KeyRotationsStopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(1306, LogLevel.Information, "A rotation of the {Purpose} key to {KeyId} was started by '{Actor}'.", EventName = "KeyRotationStarted")]
    public static partial void Started(ILogger logger, V1.KeyPurpose purpose, string keyId, string actor);
}
