using System.Buffers;
using System.Threading.Channels;
using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Hosting;
using CreditExchange.Ledger;
using CreditExchange.Ledger.Backup;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;
using Service = CreditExchange.V1.MaintenanceService;

namespace CreditExchange.Hub.Maintenance;

/// <summary>Erasure, holds, verification, backup: see maintenance_service.proto.</summary>
public sealed class MaintenanceService(
    ILedger ledger, ErasureWriter erasures, AccessRecords records, BackupOptions options, TimeProvider time, IHostApplicationLifetime life)
    : Service.MaintenanceServiceBase, IDisposable
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
    private readonly SemaphoreSlim working = new(1);

    /// <inheritdoc/>
    public override async Task<PlaceHoldResponse> PlaceHold(PlaceHoldRequest request, ServerCallContext context)
    {
        var stored = await erasures.PlaceAsync(context.Caller().Require(Scopes.Erase), request, context.CancellationToken);
        return new PlaceHoldResponse
        {
            LegalHold = ledger.OpenPart(stored).LegalHold,
            Position = stored.Position,
            LedgerId = ledger.LedgerId,
        };
    }

    /// <inheritdoc/>
    public override async Task<LiftHoldResponse> LiftHold(LiftHoldRequest request, ServerCallContext context)
    {
        var stored = await erasures.LiftAsync(context.Caller().Require(Scopes.Erase), request, context.CancellationToken);
        return new LiftHoldResponse
        {
            LegalHold = ledger.OpenPart(stored).LegalHold,
            Position = stored.Position,
            LedgerId = ledger.LedgerId,
        };
    }

    /// <inheritdoc/>
    public override async Task<EraseListingResponse> EraseListing(EraseListingRequest request, ServerCallContext context)
    {
        var stored = await erasures.EraseAsync(context.Caller().Require(Scopes.Erase), request, context.CancellationToken);
        return new EraseListingResponse
        {
            Erasure = ledger.OpenPart(stored).Erasure,
            Position = stored.Position,
            LedgerId = ledger.LedgerId,
        };
    }

    /// <inheritdoc/>
    public override async Task VerifyLedger(
        VerifyLedgerRequest request, IServerStreamWriter<VerifyLedgerResponse> responseStream, ServerCallContext context)
    {
        records.Append(context.Trace().Record());
        var found = await WorkAsync(
            context,
            (progress, cancel) => ledger.VerifyAsync(new EventProjection(), progress, cancel),
            progress => responseStream.WriteAsync(new VerifyLedgerResponse { Progress = progress }, context.CancellationToken));
        await responseStream.WriteAsync(new VerifyLedgerResponse { Report = found.ToMessage() });
    }

    /// <inheritdoc/>
    public override async Task BackupLedger(
        BackupLedgerRequest request, IServerStreamWriter<BackupLedgerResponse> responseStream, ServerCallContext context)
    {
        if (options.Folder.Length == 0)
        {
            throw Refused("Backup:Folder is not set");
        }

        if (request.Name.Length > 64 || request.Name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            throw Refused("the name may have lower-case letters, digits and hyphens, 64 at most");
        }

        var target = new BackupTarget(
            options.Folder, options.KeysFolder, request.Name, TimeSpan.FromDays(options.KeysKeptDays), time);
        records.Append(context.Trace().Record());
        try
        {
            var made = await WorkAsync(
                context,
                (progress, cancel) => ledger.BackupAsync(target, progress, cancel),
                progress => responseStream.WriteAsync(new BackupLedgerResponse { Progress = progress }, context.CancellationToken));
            await responseStream.WriteAsync(new BackupLedgerResponse { Manifest = made.Ledger });
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or LedgerRefusedException)
        {
            throw Refused(failure.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => working.Dispose();

    // One such work at a time; progress is told once a second at most, and a slow reader holds only itself up.
    private async Task<T> WorkAsync<T>(
        ServerCallContext context, Func<Action<long, long>, CancellationToken, Task<T>> work, Func<LedgerProgress, Task> tell)
    {
        await working.WaitAsync(context.CancellationToken);
        try
        {
            using var lease = new StreamLease(context.Caller(), Scopes.System, time, context.CancellationToken, life.ApplicationStopping);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(lease.Token);
            try
            {
                var newest = Channel.CreateBounded<LedgerProgress>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
                var told = time.GetTimestamp();
                var running = work(
                    (position, head) =>
                    {
                        if (time.GetElapsedTime(told) >= TimeSpan.FromSeconds(1))
                        {
                            told = time.GetTimestamp();
                            newest.Writer.TryWrite(new LedgerProgress { Position = position, Head = head });
                        }
                    },
                    ended.Token);
                _ = running.ContinueWith(_ => newest.Writer.TryComplete(), TaskScheduler.Default);
                try
                {
                    await foreach (var progress in newest.Reader.ReadAllAsync(lease.Token))
                    {
                        await tell(progress);
                    }
                }
                catch
                {
                    // The caller went; the work must be over before the next one begins.
                    await ended.CancelAsync();
                    await running.ContinueWith(static _ => { }, TaskScheduler.Default);
                    throw;
                }

                return await running;
            }
            catch (OperationCanceledException) when (lease.Fault is { } fault)
            {
                throw fault;
            }
        }
        finally
        {
            working.Release();
        }
    }

    private static RuleViolation Refused(string cause) => new(ErrorReason.BackupRefused, "", ("cause", cause));
}
