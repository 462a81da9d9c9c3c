using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Exchange;

/// <summary>One side's frames of one session: each signed by a key that the side may use, in this session, and each once and in order.</summary>
/// <param name="keys">The keys that the sender may use.</param>
/// <param name="session">The session, 32 bytes.</param>
public sealed class FrameOrder(IReadOnlyList<PartyKey> keys, byte[] session)
{
    private long next = 1;

    /// <summary>The next frame.</summary>
    /// <exception cref="RuleViolation">EXCHANGE_FRAME, EXCHANGE_KEY_UNKNOWN, EXCHANGE_SIGNATURE or EXCHANGE_SEQUENCE.</exception>
    public ExchangeFrame Take(SignedFrame? signed)
    {
        var frame = FrameSignatures.Open(signed, session, keys);
        if (frame.Number != next)
        {
            throw new RuleViolation(
                ErrorReason.ExchangeSequence, "", ("actual", FormattableString.Invariant($"{frame.Number}")),
                ("expected", FormattableString.Invariant($"{next}")));
        }

        if (frame.BodyCase is ExchangeFrame.BodyOneofCase.None or ExchangeFrame.BodyOneofCase.Hello)
        {
            throw new RuleViolation(ErrorReason.ExchangeFrame, "", ("cause", "an unknown frame, or a second hello"));
        }

        next++;
        return frame;
    }
}
