using CreditExchange.Domain.Subjects;

namespace CreditExchange.Lookup.Edge;

/// <summary>
/// Tells of a subject that it surely has no listing, or that it may have one: a blocked Bloom filter, 512 bits a block and
/// seven of them a subject. One writer; readers take no lock. About 2.3 bytes a subject, and one in three hundred wrongly "may".
/// </summary>
public sealed class SubjectFilter
{
    private const int WordsPerBlock = 8;
    private const int BitsPerSubject = 12;
    private readonly ulong[] words;
    private readonly uint blocks;
    private long added;

    /// <summary>An empty filter.</summary>
    /// <param name="subjects">How many are expected; room is made for half as many again, and for a few at least.</param>
    public SubjectFilter(long subjects)
    {
        Capacity = Math.Max(20_000, subjects + (subjects / 2));
        blocks = (uint)Math.Min(uint.MaxValue / WordsPerBlock, (Capacity * BitsPerSubject / 512) + 1);
        words = new ulong[blocks * WordsPerBlock];
    }

    /// <summary>Subjects that it is made for.</summary>
    public long Capacity { get; }

    /// <summary>Its size.</summary>
    public long Bytes => words.LongLength * sizeof(ulong);

    /// <summary>Whether it holds more than it is made for, so that it says "may" too often: to be made anew.</summary>
    public bool IsFull => Volatile.Read(ref added) > Capacity;

    /// <summary>Adds a subject; again does nothing. For the one writer.</summary>
    public void Add(in SubjectKey key)
    {
        var block = BlockOf(key);
        var isNew = false;
        for (var (i, bits) = (0, key.Low); i < 7; i++, bits >>= 9)
        {
            ref var word = ref words[block + (int)((bits >> 6) & 7)];
            var bit = 1UL << (int)(bits & 63);
            if ((word & bit) == 0)
            {
                isNew = true;
                Volatile.Write(ref word, word | bit);
            }
        }

        if (isNew)
        {
            Volatile.Write(ref added, added + 1);
        }
    }

    /// <summary>False: the subject was surely not added.</summary>
    public bool MayContain(in SubjectKey key)
    {
        var block = BlockOf(key);
        for (var (i, bits) = (0, key.Low); i < 7; i++, bits >>= 9)
        {
            if ((Volatile.Read(ref words[block + (int)((bits >> 6) & 7)]) & (1UL << (int)(bits & 63))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    // The version isn't mixed in: keys of another version have other bytes anyway.
    private int BlockOf(in SubjectKey key) => (int)(((ulong)(uint)key.High * blocks) >> 32) * WordsPerBlock;
}
