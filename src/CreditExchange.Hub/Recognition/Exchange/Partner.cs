using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>One partner while this process runs: what is kept of its ledger, what it has of this hub's, and the session with it.</summary>
public sealed class Partner
{
    private readonly Lock gate = new();
    private long acknowledged;
    private Fault? lastFault;

    internal Partner(string region, IncomingLedger incoming, OutgoingBook outgoing)
    {
        Region = region;
        Incoming = incoming;
        Outgoing = outgoing;
    }

    /// <summary>Its region.</summary>
    public string Region { get; }

    /// <summary>What is kept of its ledger.</summary>
    public IncomingLedger Incoming { get; }

    /// <summary>What it refused.</summary>
    public OutgoingBook Outgoing { get; }

    /// <summary>Everything up to here of this hub's ledger was confirmed.</summary>
    public long Acknowledged => Volatile.Read(ref acknowledged);

    /// <summary>Whether a session stands.</summary>
    public bool IsConnected => Session is not null;

    /// <summary>The session; null: none.</summary>
    internal SessionSlot? Session { get; private set; }

    /// <summary>Why the last session was refused or ended by a fault; null: it wasn't.</summary>
    public Fault? LastFault => Volatile.Read(ref lastFault);

    /// <summary>Frames of it that were refused, by reason.</summary>
    public FaultCounts Faults { get; } = new();

    /// <summary>The partner has confirmed a position.</summary>
    internal void Acknowledge(long position) => Volatile.Write(ref acknowledged, Math.Max(position, Acknowledged));

    /// <summary>At the begin of a session: what the partner has by its own word.</summary>
    internal void AcknowledgeExactly(long position) => Volatile.Write(ref acknowledged, position);

    /// <summary>Remembers why a session ended.</summary>
    internal void Note(Fault? fault) => Volatile.Write(ref lastFault, fault);

    /// <summary>
    /// Takes the place of the session. Where both hubs call at the same time, the session that the hub of the lower region called for stays,
    /// so that both keep the same one.
    /// </summary>
    /// <param name="slot">The new session.</param>
    /// <param name="before">The one that has to end first; null: none.</param>
    /// <returns>False: another one stays.</returns>
    internal bool TryEnter(SessionSlot slot, out SessionSlot? before)
    {
        lock (gate)
        {
            before = Session;
            if (before is { IsPreferred: true } && !slot.IsPreferred)
            {
                return false;
            }

            Session = slot;
            return true;
        }
    }

    internal void Leave(SessionSlot slot)
    {
        lock (gate)
        {
            if (ReferenceEquals(Session, slot))
            {
                Session = null;
            }
        }
    }
}

/// <summary>The place of a session.</summary>
/// <param name="isPreferred">Whether the hub of the lower region called.</param>
/// <param name="end">Ends it.</param>
internal sealed class SessionSlot(bool isPreferred, CancellationTokenSource end)
{
    public bool IsPreferred => isPreferred;

    /// <summary>Completes when the session has ended and writes nothing any more.</summary>
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends the session and waits until it has.</summary>
    public async Task EndAsync()
    {
        try
        {
            await end.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has ended at this very moment.
        }

        await Ended.Task;
    }
}

/// <summary>Why a session ended.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Text">For people.</param>
/// <param name="At">When.</param>
/// <param name="IsTheirs">Whether the partner refused.</param>
public sealed record Fault(ErrorReason Reason, string Text, DateTimeOffset At, bool IsTheirs);

/// <summary>Counts by reason.</summary>
public sealed class FaultCounts
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<ErrorReason, long> counts = [];

    /// <summary>One more.</summary>
    public void Add(ErrorReason reason)
    {
        lock (gate)
        {
            counts[reason] = counts.GetValueOrDefault(reason) + 1;
        }
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<(ErrorReason Reason, long Count)> Read()
    {
        lock (gate)
        {
            return [.. counts.Select(c => (c.Key, c.Value))];
        }
    }
}
