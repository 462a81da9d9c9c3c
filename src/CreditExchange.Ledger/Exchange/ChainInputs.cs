using CreditExchange.Ledger.Proofs;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Ledger.Exchange;

/// <summary>What another hub needs of this ledger to make its chain.</summary>
public static class ChainInputs
{
    /// <summary>The inputs of one position; no content.</summary>
    public static ExchangedEvent Of(StoredEvent stored) => new()
    {
        RecordedAt = stored.RecordedAtMicros,
        Entity = stored.Entity,
        Revision = stored.Revision,
        Kind = (int)stored.Kind,
        Commitment = ByteString.CopyFrom(stored.Commitment),
    };

    /// <summary>The chain hash of a position; zero at 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The ledger hasn't come so far.</exception>
    public static byte[] ChainAt(this ILedger ledger, long position)
    {
        if (position == 0)
        {
            return new byte[Commitments.HashSize];
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, ledger.Head);
        return ledger.Read(position, 1)[0].Chain.ToArray();
    }

    /// <summary>The statement of the epoch that the ledger is in.</summary>
    public static Epoch EpochOf(ILedger ledger)
    {
        var dot = ledger.LedgerId.IndexOf('.', StringComparison.Ordinal);
        var number = int.Parse(ledger.LedgerId.AsSpan(dot + 1), System.Globalization.CultureInfo.InvariantCulture);
        var common = number > 1 ? ledger.CommonWith(FormattableString.Invariant($"{ledger.LedgerId[..dot]}.{number - 1}")) : 0;
        return new Epoch
        {
            LedgerId = ledger.LedgerId,
            FirstPosition = common + 1,
            ChainBefore = UnsafeByteOperations.UnsafeWrap(ledger.ChainAt(common)),
        };
    }
}
