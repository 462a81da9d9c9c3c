using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CreditExchange.Lookup.Index;

/// <summary>
/// Finds the entry of a print. A bucket is 64 bytes: twelve tags of a byte, compared at once, a word that says whether more
/// of its entries stand in the next one, and twelve numbers of entries. A clean subject mostly costs one cache line.
/// </summary>
/// <remarks>
/// The prints are spread over 4,096 shards, which grow each for itself: growing takes a tenth of a millisecond and not a
/// second. One writer; a reader may race with it, and asks again when it did.
/// </remarks>
internal sealed class Buckets(Chunks<IndexEntry> entries)
{
    public const int ShardCount = 1 << ShardBits;
    private const int ShardBits = 12;

    // Bits of a print that choose the bucket; a listing's way back to its subjects keeps these and the shard's (EntityWays).
    private const int BucketBits = 19;
    private const int Words = 16;
    private const int Slots = 12;
    private const int Meta = 3;
    private const int FirstSlot = 4;
    private const uint SpilledBit = 1;

    // Beyond it buckets spill over often; growing by a quarter keeps the average fill high.
    private const int MostFilledPercent = 85;
    private readonly Shard[] shards = NewShards();

    /// <summary>Number of the print's entry; null: none. May be wrong or throw nothing when the writer is at work.</summary>
    public bool TryFind(ulong print, byte tag, out uint number, out IndexEntry entry)
    {
        ref var shard = ref shards[print >> (64 - ShardBits)];
        // The count first: words are published before it, so the words are never shorter than it says.
        var count = Volatile.Read(ref shard.BucketCount);
        ref var words = ref MemoryMarshal.GetArrayDataReference(Volatile.Read(ref shard.Words));
        var bucket = BucketOf(print, count);
        for (uint step = 0; step < count; step++)
        {
            ref var first = ref Unsafe.Add(ref words, bucket * Words);
            for (var hits = Matches(ref first, tag); hits != 0; hits &= hits - 1)
            {
                number = Unsafe.Add(ref first, FirstSlot + BitOperations.TrailingZeroCount(hits));
                if (entries.TryRead(number, out entry) && entry.Print == print)
                {
                    return true;
                }
            }

            if ((Unsafe.Add(ref first, Meta) & SpilledBit) == 0)
            {
                break;
            }

            bucket = bucket + 1 == count ? 0 : bucket + 1;
        }

        number = 0;
        entry = default;
        return false;
    }

    /// <summary>Adds an entry that isn't there yet. For the writer.</summary>
    public void Add(ulong print, byte tag, uint number)
    {
        ref var shard = ref shards[print >> (64 - ShardBits)];
        if ((shard.Filled + 1) * 100L > shard.BucketCount * Slots * (long)MostFilledPercent)
        {
            Rebuild(ref shard, shard.BucketCount + Math.Max(1, shard.BucketCount / 4));
        }
        else if (shard.Removed > 16 + (shard.Filled / 2))
        {
            // Marks of what once spilled over, and is gone, make every search longer.
            Rebuild(ref shard, shard.BucketCount);
        }

        Put(shard.Words, shard.BucketCount, print, tag, number);
        shard.Filled++;
    }

    /// <summary>Takes an entry away. For the writer.</summary>
    public void Remove(ulong print, byte tag, uint number)
    {
        ref var shard = ref shards[print >> (64 - ShardBits)];
        var bucket = BucketOf(print, shard.BucketCount);
        for (uint step = 0; step < shard.BucketCount; step++)
        {
            ref var first = ref shard.Words[bucket * Words];
            for (var hits = Matches(ref first, tag); hits != 0; hits &= hits - 1)
            {
                var slot = BitOperations.TrailingZeroCount(hits);
                if (Unsafe.Add(ref first, FirstSlot + slot) == number)
                {
                    // Its tag alone frees the slot. What spilled over it stays findable: the bucket keeps its mark.
                    Unsafe.Add(ref Unsafe.As<uint, byte>(ref first), slot) = 0;
                    shard.Filled--;
                    shard.Removed++;
                    return;
                }
            }

            bucket = bucket + 1 == shard.BucketCount ? 0 : bucket + 1;
        }

        throw new InvalidOperationException("An entry of the index is in no bucket.");
    }

    /// <summary>Entries whose prints begin with some bits, for a way that keeps no more (see <see cref="Stem"/>).</summary>
    public void FindStem(uint stem, List<(uint Number, byte Tag)> found)
    {
        var print = (ulong)stem << (64 - ShardBits - BucketBits);
        ref var shard = ref shards[print >> (64 - ShardBits)];
        var bucket = BucketOf(print, shard.BucketCount);
        for (uint step = 0; step < shard.BucketCount; step++)
        {
            ref var first = ref shard.Words[bucket * Words];
            for (var slot = 0; slot < Slots; slot++)
            {
                var tag = Unsafe.Add(ref Unsafe.As<uint, byte>(ref first), slot);
                var number = Unsafe.Add(ref first, FirstSlot + slot);
                if (tag != 0 && Stem(entries[number].Print) == stem)
                {
                    found.Add((number, tag));
                }
            }

            if ((Unsafe.Add(ref first, Meta) & SpilledBit) == 0)
            {
                return;
            }

            bucket = bucket + 1 == shard.BucketCount ? 0 : bucket + 1;
        }
    }

    /// <summary>The bits of a print that tell its bucket.</summary>
    public static uint Stem(ulong print) => (uint)(print >> (64 - ShardBits - BucketBits));

    /// <summary>A shard's words and its number of entries, to be written into an image.</summary>
    public (uint[] Words, int Filled) Content(int shard) => (shards[shard].Words, shards[shard].Filled);

    /// <summary>Takes over what <see cref="Content"/> gave. Before anybody reads.</summary>
    public void Restore(int shard, uint[] words, int filled) =>
        shards[shard] = new Shard { Words = words, BucketCount = (uint)(words.Length / Words), Filled = filled };

    private static Shard[] NewShards()
    {
        var made = new Shard[ShardCount];
        for (var i = 0; i < made.Length; i++)
        {
            made[i] = new Shard { Words = new uint[Words], BucketCount = 1 };
        }

        return made;
    }

    private static uint BucketOf(ulong print, uint count) =>
        (uint)((((print << ShardBits) >> (64 - BucketBits)) * count) >> BucketBits);

    // A bit for each slot with the tag.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Matches(ref uint first, byte tag)
    {
        var tags = Vector128.LoadUnsafe(ref Unsafe.As<uint, byte>(ref first));
        return Vector128.Equals(tags, Vector128.Create(tag)).ExtractMostSignificantBits() & ((1u << Slots) - 1);
    }

    private static void Put(uint[] words, uint count, ulong print, byte tag, uint number)
    {
        for (var bucket = BucketOf(print, count); ; bucket = bucket + 1 == count ? 0 : bucket + 1)
        {
            ref var first = ref words[bucket * Words];
            var free = Matches(ref first, 0);
            if (free != 0)
            {
                var slot = BitOperations.TrailingZeroCount(free);
                Unsafe.Add(ref first, FirstSlot + slot) = number;
                Unsafe.Add(ref Unsafe.As<uint, byte>(ref first), slot) = tag;
                return;
            }

            Unsafe.Add(ref first, Meta) |= SpilledBit;
        }
    }

    private void Rebuild(ref Shard shard, uint count)
    {
        var words = new uint[count * Words];
        for (uint bucket = 0; bucket < shard.BucketCount; bucket++)
        {
            ref var first = ref shard.Words[bucket * Words];
            for (var slot = 0; slot < Slots; slot++)
            {
                var tag = Unsafe.Add(ref Unsafe.As<uint, byte>(ref first), slot);
                if (tag != 0)
                {
                    var number = Unsafe.Add(ref first, FirstSlot + slot);
                    Put(words, count, entries[number].Print, tag, number);
                }
            }
        }

        Volatile.Write(ref shard.Words, words);
        Volatile.Write(ref shard.BucketCount, count);
        shard.Removed = 0;
    }

    private struct Shard
    {
        public uint[] Words;
        public uint BucketCount;
        public int Filled;
        public int Removed;
    }
}
