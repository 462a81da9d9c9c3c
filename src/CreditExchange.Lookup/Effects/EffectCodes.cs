using CreditExchange.Domain.Verdicts;

namespace CreditExchange.Lookup.Effects;

/// <summary>
/// Numbers for shapes, from 0, in order of first use; nothing is forgotten. One writer; readers may be many, and see every
/// shape whose number they got from the index.
/// </summary>
public sealed class EffectCodes
{
    private readonly Dictionary<EffectShape, uint> numbers = new(new ShapeComparer());
    private readonly Dictionary<EffectShape, uint>.AlternateLookup<ListingFact> byFact;
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
    public uint CodeOf(in ListingFact fact) =>
        byFact.TryGetValue(fact, out var known) ? known : Add(new ShapeComparer().Create(fact));

    /// <summary>Gives a shape the next number, as an image is read: it may hold one twice.</summary>
    public uint Restore(EffectShape shape) => Add(shape);

    private uint Add(EffectShape shape)
    {
        if (count == shapes.Length)
        {
            var larger = new EffectShape[2 * count];
            shapes.CopyTo(larger, 0);
            Volatile.Write(ref shapes, larger);
        }

        shapes[count] = shape;
        numbers.TryAdd(shape, (uint)count);
        Volatile.Write(ref count, count + 1);
        return (uint)(count - 1);
    }
}
