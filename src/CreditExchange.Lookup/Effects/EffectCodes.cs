using System.Collections.Concurrent;
using CreditExchange.Domain.Verdicts;

namespace CreditExchange.Lookup.Effects;

/// <summary>
/// Numbers for shapes, from 0, in order of first use; nothing is forgotten. Safe for many threads, as an edge node's callers
/// give numbers each for itself; who has a number sees its shape.
/// </summary>
public sealed class EffectCodes
{
    private readonly Lock adding = new();
    private readonly ConcurrentDictionary<EffectShape, uint> numbers = new(new ShapeComparer());
    private readonly ConcurrentDictionary<EffectShape, uint>.AlternateLookup<ListingFact> byFact;
    private EffectShape[] shapes = new EffectShape[256];
    private int count;

    /// <summary>None yet.</summary>
    public EffectCodes() => byFact = numbers.GetAlternateLookup<ListingFact>();

    /// <summary>How many shapes have a number.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>The shape of a number.</summary>
    /// <exception cref="IndexOutOfRangeException">There is none.</exception>
    public EffectShape this[uint code] => Volatile.Read(ref shapes)[code];

    /// <summary>The number of a fact's shape; given now when it is new.</summary>
    public uint CodeOf(in ListingFact fact)
    {
        if (byFact.TryGetValue(fact, out var known))
        {
            return known;
        }

        lock (adding)
        {
            return byFact.TryGetValue(fact, out known) ? known : Add(new ShapeComparer().Create(fact));
        }
    }

    /// <summary>Gives a shape the next number, as an image is read: it may hold one twice.</summary>
    public uint Restore(EffectShape shape)
    {
        lock (adding)
        {
            return Add(shape);
        }
    }

    private uint Add(EffectShape shape)
    {
        if (count == shapes.Length)
        {
            var larger = new EffectShape[2 * count];
            shapes.CopyTo(larger, 0);
            Volatile.Write(ref shapes, larger);
        }

        // The shape before its number: who finds the number in the dictionary finds the shape in the array.
        Volatile.Write(ref shapes[count], shape);
        numbers.TryAdd(shape, (uint)count);
        Volatile.Write(ref count, count + 1);
        return (uint)(count - 1);
    }
}
