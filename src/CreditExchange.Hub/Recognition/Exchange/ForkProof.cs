using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.Ledger.Exchange;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>Whether evidence of a fork proves it: two statements about one position, both signed by the hub, with different chains.</summary>
public static class ForkProof
{
    /// <summary>The checkpoint, and the other chain for its position; null: it proves nothing.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="keys">The keys of the hub.</param>
    /// <exception cref="RuleViolation">A signature doesn't fit, or a statement can't be read.</exception>
    public static (LedgerCheckpoint Checkpoint, ByteString Other)? Chains(ForkEvidence evidence, IReadOnlyList<PartyKey> keys)
    {
        var checkpoint = FrameSignatures.Open(evidence.Checkpoint, keys);
        var other = evidence.Other is not null ? OfCheckpoint(checkpoint, FrameSignatures.Open(evidence.Other, keys))
            : evidence is { Frame: not null, Session.Length: FrameSignatures.SessionSize }
                ? OfBatch(checkpoint, FrameSignatures.Open(evidence.Frame, evidence.Session.Span, keys).Batch)
                : null;
        return other is not null && other != checkpoint.Chain ? (checkpoint, other) : null;
    }

    private static ByteString? OfCheckpoint(LedgerCheckpoint one, LedgerCheckpoint other) =>
        one.LedgerId == other.LedgerId && one.Position == other.Position ? other.Chain : null;

    // The chain before it is what the hub said, so what follows is too.
    private static ByteString? OfBatch(LedgerCheckpoint one, ExchangeBatch? batch)
    {
        if (batch is null || one.Position < batch.FirstPosition || one.Position >= batch.FirstPosition + batch.Events.Count)
        {
            return null;
        }

        var chains = new List<byte[]>(batch.Events.Count);
        new ForeignChain(one.LedgerId, batch.FirstPosition - 1, batch.ChainBefore.Memory, 0).After(batch, chains);
        return UnsafeByteOperations.UnsafeWrap(chains[(int)(one.Position - batch.FirstPosition)]);
    }
}
