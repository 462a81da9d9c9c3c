namespace CreditExchange.Lookup.Index;

/// <summary>
/// From a listing back to the entries of its subjects, in four bytes a listing: the stem of the print (see
/// <see cref="Buckets.Stem"/>), which leads to the bucket, where the listing's number tells the entry.
/// </summary>
internal sealed class EntityWays
{
    private const uint IsSet = 1u << 31;
    private readonly Chunks<uint> first = new();
    private readonly Dictionary<uint, uint[]> more = [];

    /// <summary>Whether a listing is filed under anybody.</summary>
    public bool Contains(uint entity) => first.TryRead(entity, out var way) && way != 0;

    /// <summary>The stems of a listing's subjects, each once; none where it isn't filed.</summary>
    public ReadOnlySpan<uint> Of(uint entity, Span<uint> buffer)
    {
        if (!first.TryRead(entity, out var way) || way == 0)
        {
            return [];
        }

        if (more.TryGetValue(entity, out var all))
        {
            return all;
        }

        buffer[0] = way & ~IsSet;
        return buffer[..1];
    }

    public void Set(uint entity, ReadOnlySpan<uint> stems)
    {
        if (stems.IsEmpty)
        {
            if (Contains(entity))
            {
                first[entity] = 0;
                more.Remove(entity);
            }

            return;
        }

        first.Ensure(entity) = stems[0] | IsSet;
        if (stems.Length > 1)
        {
            more[entity] = stems.ToArray();
        }
        else
        {
            more.Remove(entity);
        }
    }

    /// <summary>What an image keeps.</summary>
    public (Chunks<uint> First, Dictionary<uint, uint[]> More) Content => (first, more);
}
