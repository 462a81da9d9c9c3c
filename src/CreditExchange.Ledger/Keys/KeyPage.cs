using System.Security.Cryptography;

namespace CreditExchange.Ledger.Keys;

/// <summary>
/// Data keys of entities that lie close together, in two arrays: who reads the whole ledger needs each for a moment only, and
/// thousands of small objects kept in a cache would outlive several collections.
/// </summary>
/// <param name="most">Keys that it takes.</param>
internal sealed class KeyPage(int most)
{
    private const int Size = 40;
    private readonly long[] entities = new long[most];
    private readonly byte[] bytes = new byte[most * Size];
    private int count;

    /// <summary>Where the next entity's key goes: 32 bytes and the 8 of its id.</summary>
    /// <param name="entity">Higher than those before.</param>
    public Span<byte> Add(long entity)
    {
        entities[count] = entity;
        return bytes.AsSpan(count++ * Size, Size);
    }

    /// <summary>A copy of an entity's key; null: it isn't here.</summary>
    public DataKey? Find(long entity) => count > 0 && entity >= entities[0] && entity <= entities[count - 1]
        && Array.BinarySearch(entities, 0, count, entity) is var index and >= 0 ? DataKey.From(entity, bytes.AsSpan(index * Size, Size)) : null;

    /// <summary>Overwrites all.</summary>
    public void Wipe()
    {
        count = 0;
        CryptographicOperations.ZeroMemory(bytes);
    }
}
