using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CreditExchange.Lookup.Index;

/// <summary>
/// A growing array of small structs in chunks: growing copies nothing and wastes at most one chunk. One writer; a reader may race
/// with it and then sees a torn item, never memory that isn't the array's.
/// </summary>
/// <typeparam name="T">A struct without references.</typeparam>
internal sealed class Chunks<T>
    where T : unmanaged
{
    private const int Bits = 16;

    /// <summary>Items of a chunk.</summary>
    public const int ChunkLength = 1 << Bits;

    private T[][] chunks = new T[16][];

    /// <summary>An item that exists, for the writer.</summary>
    public ref T this[uint index] => ref chunks[index >> Bits][index & (ChunkLength - 1)];

    /// <summary>Reads an item; false where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(uint index, out T item)
    {
        var all = Volatile.Read(ref chunks);
        var number = index >> Bits;
        if (number < (uint)all.Length && all[number] is { } chunk)
        {
            // Always inside: all chunks have one length. The bound's check would cost a second miss of the cache.
            item = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(chunk), index & (ChunkLength - 1));
            return true;
        }

        item = default;
        return false;
    }

    /// <summary>Makes an item exist, all zero at first.</summary>
    public ref T Ensure(uint index)
    {
        var number = index >> Bits;
        if (number >= chunks.Length)
        {
            var larger = new T[(int)Math.Max(2 * (long)chunks.Length, number + 1)][];
            chunks.CopyTo(larger, 0);
            Volatile.Write(ref chunks, larger);
        }

        if (chunks[number] is null)
        {
            Volatile.Write(ref chunks[number], new T[ChunkLength]);
        }

        return ref this[index];
    }

    /// <summary>The chunk with a number; null where no item of it exists.</summary>
    public T[]? Chunk(int number) => number < chunks.Length ? chunks[number] : null;
}
