using System.Diagnostics.CodeAnalysis;

namespace CreditExchange.Lookup.Effects;

/// <summary>The effects on one subject: mostly none or one, which then needs no object.</summary>
public readonly struct EffectSet
{
    private readonly SubjectEffect one;
    private readonly SubjectEffect[]? many;

    /// <summary>One effect.</summary>
    public EffectSet(in SubjectEffect one)
    {
        this.one = one;
        Count = 1;
    }

    // Each field in place, not by a copy.
    internal EffectSet(in Index.IndexEntry one)
    {
        one.ToEffect(out this.one);
        Count = 1;
    }

    /// <summary>Any number; the array is kept and not to be changed.</summary>
    public EffectSet(SubjectEffect[] many)
    {
        this.many = many;
        Count = many.Length;
    }

    /// <summary>How many; 0 for a subject that no listing names.</summary>
    public int Count { get; }

    /// <summary>An effect, from 0; those of one listing stand together, and the listings in order of creation.</summary>
    [UnscopedRef]
    public ref readonly SubjectEffect this[int index]
    {
        get
        {
            if (many is not null)
            {
                return ref many[index];
            }

            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return ref one;
        }
    }
}
