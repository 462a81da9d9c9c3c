using System.Buffers.Binary;

namespace CreditExchange.Ledger.Keys;

/// <summary>The key of one entity's personal parts.</summary>
/// <param name="Entity">The entity.</param>
/// <param name="Id">8 random bytes that name the key in a sealed part.</param>
/// <param name="Key">32 bytes.</param>
/// <param name="Wrapped">As stored; null once it is.</param>
internal sealed record DataKey(long Entity, ulong Id, byte[] Key, byte[]? Wrapped)
{
    /// <summary>The key of what was wrapped: key 32, id 8.</summary>
    public static DataKey From(long entity, ReadOnlySpan<byte> both) =>
        new(entity, BinaryPrimitives.ReadUInt64BigEndian(both[32..]), both[..32].ToArray(), null);
}
