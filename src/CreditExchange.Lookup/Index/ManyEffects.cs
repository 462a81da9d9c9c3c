using CreditExchange.Lookup.Effects;

namespace CreditExchange.Lookup.Index;

/// <summary>
/// The overflow table: the effects of subjects that have more than one, or one that doesn't fit into an entry. One writer; an
/// array that was handed out is never changed.
/// </summary>
internal sealed class ManyEffects
{
    private readonly Stack<uint> free = new();
    private SubjectEffect[]?[] rows = new SubjectEffect[]?[64];
    private uint next;

    public uint Count => next;

    public SubjectEffect[]? Find(uint number)
    {
        var all = Volatile.Read(ref rows);
        return number < (uint)all.Length ? all[number] : null;
    }

    public uint Add(SubjectEffect[] effects)
    {
        if (!free.TryPop(out var number))
        {
            number = next++;
            if (number == rows.Length)
            {
                Array.Resize(ref rows, 2 * rows.Length);
            }
        }

        rows[number] = effects;
        return number;
    }

    public void Set(uint number, SubjectEffect[] effects) => rows[number] = effects;

    public void Remove(uint number)
    {
        rows[number] = null;
        free.Push(number);
    }

    // From an image: the number is kept, and what lies between is free.
    public void Restore(uint number, SubjectEffect[] effects)
    {
        for (; next < number; next++)
        {
            free.Push(next);
        }

        next = number + 1;
        if (number >= rows.Length)
        {
            Array.Resize(ref rows, (int)Math.Max(2L * rows.Length, next));
        }

        rows[number] = effects;
    }
}
