using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CreditExchange.Client.Streams;

/// <summary>
/// Which partition a record stands in: the first 8 bytes, big-endian, of SHA-256(key) modulo the count of partitions. Of its own,
/// since the hashes of Kafka's clients differ, and an order per subject must not depend on who wrote.
/// </summary>
public static class StreamPartition
{
    /// <summary>The partition of a key.</summary>
    /// <param name="key">The record's key, ASCII.</param>
    /// <param name="count">Partitions of the topic, from 1.</param>
    public static int Of(string key, int count)
    {
        Span<byte> bytes = stackalloc byte[256];
        return Of(key.Length <= bytes.Length ? bytes[..Encoding.ASCII.GetBytes(key, bytes)] : Encoding.ASCII.GetBytes(key), count);
    }

    /// <summary>The partition of a key as it stands in a record.</summary>
    /// <param name="key">The record's key.</param>
    /// <param name="count">Partitions of the topic, from 1.</param>
    public static int Of(ReadOnlySpan<byte> key, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)count);
    }
}
