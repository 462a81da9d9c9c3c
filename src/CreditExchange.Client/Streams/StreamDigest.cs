using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CreditExchange.Client.Streams;

/// <summary>
/// What has stood in one partition so far: d = SHA-256(d before ‖ position, 8 bytes big-endian ‖ commitment), from
/// d0 = SHA-256(ledger id ‖ topic ‖ partition, 4 bytes big-endian). A consumer that has missed nothing has the digest of the
/// checkpoint.
/// </summary>
public sealed class StreamDigest
{
    private const int Size = SHA256.HashSizeInBytes;
    private readonly byte[] value = new byte[Size];

    /// <summary>That of an empty partition.</summary>
    public StreamDigest(string ledgerId, string topic, int partition)
    {
        var text = Encoding.UTF8.GetBytes(ledgerId + topic);
        var start = new byte[text.Length + 4];
        text.CopyTo(start, 0);
        BinaryPrimitives.WriteInt32BigEndian(start.AsSpan(text.Length), partition);
        SHA256.HashData(start, value);
    }

    /// <summary>One that was kept.</summary>
    /// <param name="value">32 bytes.</param>
    /// <param name="count">Positions in it.</param>
    /// <param name="last">The last of them; 0: none.</param>
    public StreamDigest(ReadOnlySpan<byte> value, long count, long last)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(value.Length, Size);
        value.CopyTo(this.value);
        Count = count;
        Last = last;
    }

    /// <summary>32 bytes.</summary>
    public ReadOnlySpan<byte> Value => value;

    /// <summary>How many positions are in it.</summary>
    public long Count { get; private set; }

    /// <summary>The last position in it; 0: none.</summary>
    public long Last { get; private set; }

    /// <summary>Takes the next position in.</summary>
    /// <param name="position">Higher than <see cref="Last"/>.</param>
    /// <param name="commitment">32 bytes.</param>
    public void Append(long position, ReadOnlySpan<byte> commitment)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(position, Last);
        ArgumentOutOfRangeException.ThrowIfNotEqual(commitment.Length, Size);
        Span<byte> bytes = stackalloc byte[Size + 8 + Size];
        value.CopyTo(bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes[Size..], position);
        commitment.CopyTo(bytes[(Size + 8)..]);
        SHA256.HashData(bytes, value);
        Count++;
        Last = position;
    }

    /// <summary>The same, to go on with apart from this one.</summary>
    public StreamDigest Copy() => new(value, Count, Last);
}
