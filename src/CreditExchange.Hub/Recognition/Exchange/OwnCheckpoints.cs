using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.Ledger;
using CreditExchange.Ledger.Exchange;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>
/// The checkpoints of this hub's own ledger: one a second while events flow, kept, and the same bytes for every partner. A position is
/// signed once: after a restart the book goes on from what is kept.
/// </summary>
public sealed class OwnCheckpoints(ILedger ledger, ExchangeKey own, PartnerBook partners, TimeProvider time, ILogger<OwnCheckpoints> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private readonly KeptRow row = new(ledger.Progress, "exchange/checkpoint");
    private volatile SignedLedgerCheckpoint? newest;

    /// <summary>The newest; null: none yet.</summary>
    public SignedLedgerCheckpoint? Newest => newest;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        newest = row.Load() is { } kept ? SignedLedgerCheckpoint.Parser.ParseFrom(kept) : null;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await SignAsync();
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    private async Task SignAsync()
    {
        var head = ledger.Head;
        var last = newest is null ? null : LedgerCheckpoint.Parser.ParseFrom(newest.Checkpoint);
        if (!own.IsUsed || partners.Regions.Count == 0 || (last is not null && last.LedgerId == ledger.LedgerId && last.Position >= head))
        {
            return;
        }

        var signed = FrameSignatures.Sign(
            new LedgerCheckpoint
            {
                LedgerId = ledger.LedgerId,
                Region = own.Region,
                Position = head,
                Chain = UnsafeByteOperations.UnsafeWrap(ledger.ChainAt(head)),
                Time = Timestamp.FromDateTimeOffset(time.GetUtcNow()),
            },
            own.KeyId,
            bytes => own.SignBytes(bytes));
        try
        {
            await row.WriteAsync(signed.ToByteArray());
            newest = signed;
        }
        catch (LedgerUnavailableException fault)
        {
            ExchangeLog.CheckpointNotKept(logger, head, fault.Message);
        }
    }
}
