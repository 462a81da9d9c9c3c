using CreditExchange.Ledger.Proofs;

namespace CreditExchange.Ledger.Exchange;

/// <summary>
/// The chain hashes of the newest positions of another hub's ledger, as they were made here: what its checkpoints are compared with. For
/// one thread at a time.
/// </summary>
public sealed class ChainMemory
{
    /// <summary>How many positions are remembered.</summary>
    public const int Size = 65_536;

    private readonly Dictionary<long, byte[]> chains = [];
    private long oldest = 1;

    /// <summary>Remembers a position; positions come in order.</summary>
    public void Add(long position, byte[] chain)
    {
        if (chains.Count == 0)
        {
            oldest = position;
        }

        chains[position] = chain;
        while (chains.Count > Size)
        {
            chains.Remove(oldest++);
        }
    }

    /// <summary>Whether a chain is the one that is known of a position; null: the position isn't remembered.</summary>
    public bool? Matches(long position, ReadOnlySpan<byte> chain) =>
        chains.TryGetValue(position, out var known) ? known.AsSpan(0, Commitments.HashSize).SequenceEqual(chain) : null;

    /// <summary>The chain of a position; null: it isn't remembered.</summary>
    public byte[]? Of(long position) => chains.GetValueOrDefault(position);

    /// <summary>Forgets everything, as after another epoch.</summary>
    public void Clear() => chains.Clear();
}
