using CreditExchange.Domain.Errors;
using CreditExchange.Ledger.Proofs;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Exchange;

/// <summary>
/// How far another hub's ledger is known, and the rule by which it goes on: position by position, the chain made here from what the
/// chain is made of. Immutable.
/// </summary>
/// <param name="LedgerId">Ledger and epoch.</param>
/// <param name="Position">The last position; 0: none.</param>
/// <param name="Chain">Chain hash there, 32 bytes.</param>
/// <param name="RecordedAt">When it was recorded there, microseconds since 1970.</param>
public sealed record ForeignChain(string LedgerId, long Position, ReadOnlyMemory<byte> Chain, long RecordedAt)
{
    /// <summary>Most events of a batch.</summary>
    public const int MostEvents = 2_000;

    // The year 2200: a clock beyond it is no clock.
    private const long LatestMicros = 7_258_118_400_000_000;

    /// <summary>Nothing of a ledger.</summary>
    public static ForeignChain None(string ledgerId) => new(ledgerId, 0, new byte[Commitments.HashSize], 0);

    /// <summary>Checks a batch whole, and gives what is known after it. Changes nothing.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="chains">Takes the chain hash of each of its positions; may be null.</param>
    /// <exception cref="RuleViolation">EXCHANGE_FRAME, EXCHANGE_LEDGER, EXCHANGE_GAP, EXCHANGE_BACKDATED or EXCHANGE_CHAIN.</exception>
    public ForeignChain After(ExchangeBatch batch, List<byte[]>? chains = null)
    {
        if (batch.Events.Count is 0 or > MostEvents || batch.ChainBefore.Length != Commitments.HashSize || batch.ChainAfter.Length != Commitments.HashSize)
        {
            throw new RuleViolation(ErrorReason.ExchangeFrame, "", ("cause", "a batch without events, with too many, or without its chain"));
        }

        if (batch.LedgerId != LedgerId)
        {
            throw new RuleViolation(ErrorReason.ExchangeLedger, "", ("ledger_id", batch.LedgerId.Length <= 40 ? batch.LedgerId : "?"));
        }

        if (batch.FirstPosition != Position + 1)
        {
            throw new RuleViolation(
                ErrorReason.ExchangeGap, "", ("actual", FormattableString.Invariant($"{batch.FirstPosition}")),
                ("expected", FormattableString.Invariant($"{Position + 1}")));
        }

        if (!batch.ChainBefore.Span.SequenceEqual(Chain.Span))
        {
            throw Broken(Position);
        }

        var chain = Chain.ToArray();
        var recordedAt = RecordedAt;
        var position = Position;
        foreach (var told in batch.Events)
        {
            position++;
            if (told.Commitment.Length != Commitments.HashSize || told.Entity < 1 || told.Revision < 1 || told.RecordedAt > LatestMicros)
            {
                throw new RuleViolation(ErrorReason.ExchangeFrame, "", ("cause", FormattableString.Invariant($"position {position} is incomplete")));
            }

            if (told.RecordedAt < recordedAt)
            {
                throw new RuleViolation(ErrorReason.ExchangeBackdated, "", ("position", FormattableString.Invariant($"{position}")));
            }

            recordedAt = told.RecordedAt;
            var next = new byte[Commitments.HashSize];
            Commitments.Link(chain, position, recordedAt, told.Entity, told.Revision, (EventKind)told.Kind, told.Commitment.Span, next);
            chain = next;
            chains?.Add(next);
        }

        return batch.ChainAfter.Span.SequenceEqual(chain) ? new ForeignChain(LedgerId, position, chain, recordedAt) : throw Broken(position);
    }

    private static RuleViolation Broken(long position) =>
        new(ErrorReason.ExchangeChain, "", ("position", FormattableString.Invariant($"{position}")));
}
