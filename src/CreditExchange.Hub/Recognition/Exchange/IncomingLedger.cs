using CreditExchange.Domain.Errors;
using CreditExchange.Ledger;
using CreditExchange.Ledger.Exchange;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>
/// What is kept of one partner's ledger: how far it is known and proved, and up to where each agreement's listings are complete. One session at a
/// time changes it; anybody reads.
/// </summary>
public sealed class IncomingLedger
{
    private readonly Lock gate = new();
    private readonly KeptRow row;
    private readonly ChainMemory memory = new();
    private volatile ReceivedState state;

    internal IncomingLedger(IProgressStore store, string region)
    {
        row = new KeptRow(store, $"exchange/in/{region}");
        state = row.Load() is { } kept ? ReceivedState.Parse(kept) : new ReceivedState();
        Remember(state.Position, state.Chain);
    }

    /// <summary>What is kept.</summary>
    public ReceivedState State => state;

    /// <summary>The chain hash of a position of a ledger and epoch; null: not known any more, or not yet.</summary>
    public byte[]? ChainOf(string ledgerId, long position)
    {
        lock (gate)
        {
            return ledgerId == state.LedgerId ? memory.Of(position) : null;
        }
    }

    /// <summary>Makes what follows from events durable, after the events.</summary>
    /// <param name="next">What is kept from now on.</param>
    /// <param name="first">The position of the first new chain hash.</param>
    /// <param name="chains">The chain hashes of the new positions; null: no new position.</param>
    internal async Task KeepAsync(ReceivedState next, long first = 0, IReadOnlyList<byte[]>? chains = null)
    {
        await row.WriteAsync(next.ToBytes());
        lock (gate)
        {
            if (next.LedgerId != state.LedgerId)
            {
                memory.Clear();
            }

            state = next;
            for (var i = 0; i < (chains?.Count ?? 0); i++)
            {
                memory.Add(first + i, chains![i]);
            }
        }
    }

    /// <summary>The partner was heard: in memory, and durable with the next event.</summary>
    internal void Heard(DateTimeOffset at, TimeSpan lag, long head)
    {
        lock (gate)
        {
            state = state with { HeardAt = at, Lag = lag, Head = Math.Max(head, 0) };
        }
    }

    /// <summary>Goes on with an epoch: from what both have in common, and with every listing told again.</summary>
    /// <exception cref="RuleViolation">EPOCH_NOT_OFFERED.</exception>
    internal async Task AdmitAsync(string ledgerId)
    {
        var now = state;
        if (now.PendingEpoch is null || Epoch.Parser.ParseFrom(now.PendingEpoch) is not { } epoch || epoch.LedgerId != ledgerId)
        {
            throw new RuleViolation(ErrorReason.EpochNotOffered, "ledger_id", ("ledger_id", ledgerId.Length <= 64 ? ledgerId : "?"));
        }

        var next = now with { LedgerId = ledgerId, PendingEpoch = null, Covered = [] };
        if (now.Position >= epoch.FirstPosition)
        {
            next = next with { Position = epoch.FirstPosition - 1, Chain = epoch.ChainBefore.ToByteArray(), RecordedAt = 0 };
        }

        await KeepAsync(next);
        lock (gate)
        {
            Remember(next.Position, next.Chain);
        }
    }

    private void Remember(long position, byte[] chain)
    {
        if (position > 0)
        {
            memory.Add(position, chain);
        }
    }
}
