using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>What both hellos have settled.</summary>
internal sealed class SessionState(Partner partner, PartnerTerms terms, ExchangeHello theirs, byte[] session, SubjectTokenMaker? tokens, uint tokenVersion) : IDisposable
{
    private long number;

    public Partner Partner => partner;

    public PartnerTerms Terms => terms;

    public ExchangeHello Theirs => theirs;

    public byte[] Session => session;

    /// <summary>Makes tokens under the partner's newest key; null: it gave none that this hub can open.</summary>
    public SubjectTokenMaker? Tokens => tokens;

    public uint TokenVersion => tokenVersion;

    /// <summary>What waits to be said.</summary>
    public Outbox Outbox { get; } = new();

    /// <summary>The next frame of this side, signed. One at a time.</summary>
    public SignedFrame Sign(ExchangeFrame frame, ExchangeKey own)
    {
        frame.Number = ++number;
        return FrameSignatures.Sign(frame, session, own.KeyId, bytes => own.SignBytes(bytes));
    }

    public void Dispose() => tokens?.Dispose();
}

/// <summary>What the reading half of a session has to say by the sending half.</summary>
internal sealed class Outbox
{
    // So many outcomes wait only where the partner sends and reads nothing.
    private const int Most = 100_000;
    private readonly Lock gate = new();
    private ExchangeReceipt? receipt;
    private TaskCompletionSource signal = New();

    /// <summary>Completes when there is something.</summary>
    public Task Signal
    {
        get
        {
            lock (gate)
            {
                return signal.Task;
            }
        }
    }

    /// <exception cref="RuleViolation">EXCHANGE_SILENT: the partner takes no receipts.</exception>
    public void Add(long through, IEnumerable<EventOutcome> outcomes)
    {
        lock (gate)
        {
            receipt ??= new ExchangeReceipt();
            receipt.ThroughPosition = through;
            receipt.Outcomes.Add(outcomes);
            if (receipt.Outcomes.Count > Most)
            {
                throw new RuleViolation(ErrorReason.ExchangeSilent);
            }
        }

        Wake();
    }

    public ExchangeReceipt? Take()
    {
        lock (gate)
        {
            var taken = receipt;
            receipt = null;
            if (signal.Task.IsCompleted)
            {
                signal = New();
            }

            return taken;
        }
    }

    /// <summary>Lets the sending half look again.</summary>
    public void Wake()
    {
        lock (gate)
        {
            signal.TrySetResult();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
