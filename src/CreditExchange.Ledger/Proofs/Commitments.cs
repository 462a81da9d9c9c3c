using System.Buffers.Binary;
using System.Security.Cryptography;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Proofs;

/// <summary>The hashes of docs/ledger-format.md. Numbers are big-endian.</summary>
public static class Commitments
{
    /// <summary>Suite 1: SHA-256 and AES-256-GCM. Suites for SM3 and SM4 are reserved.</summary>
    public const byte Suite = 1;

    /// <summary>Bytes of a salt.</summary>
    public const int SaltSize = 16;

    /// <summary>Bytes of a hash.</summary>
    public const int HashSize = 32;

    private static readonly byte[] s_nothing = SHA256.HashData(ReadOnlySpan<byte>.Empty);

    /// <summary>Personal digest of an event in which nothing is personal: the hash of nothing, with no salt.</summary>
    public static ReadOnlySpan<byte> NothingPersonal => s_nothing;

    /// <summary>H(suite ‖ H(salt ‖ open) ‖ personal digest).</summary>
    /// <param name="saltedOpen">The 16 bytes of the salt and the open part after them.</param>
    /// <param name="personalDigest">H(personal salt ‖ personal).</param>
    /// <param name="commitment">Receives 32 bytes.</param>
    public static void Commit(ReadOnlySpan<byte> saltedOpen, ReadOnlySpan<byte> personalDigest, Span<byte> commitment)
    {
        Span<byte> input = stackalloc byte[1 + HashSize + HashSize];
        input[0] = Suite;
        SHA256.HashData(saltedOpen, input.Slice(1, HashSize));
        personalDigest.CopyTo(input[(1 + HashSize)..]);
        SHA256.HashData(input, commitment);
    }

    /// <summary>H(chain before ‖ position ‖ recorded_at ‖ entity ‖ revision ‖ kind ‖ commitment).</summary>
    public static void Link(
        ReadOnlySpan<byte> before, long position, long recordedAtMicros, long entity, long revision, EventKind kind,
        ReadOnlySpan<byte> commitment, Span<byte> chain)
    {
        Span<byte> input = stackalloc byte[HashSize + 8 + 8 + 8 + 8 + 4 + HashSize];
        before.CopyTo(input);
        BinaryPrimitives.WriteInt64BigEndian(input[32..], position);
        BinaryPrimitives.WriteInt64BigEndian(input[40..], recordedAtMicros);
        BinaryPrimitives.WriteInt64BigEndian(input[48..], entity);
        BinaryPrimitives.WriteInt64BigEndian(input[56..], revision);
        BinaryPrimitives.WriteInt32BigEndian(input[64..], (int)kind);
        commitment.CopyTo(input[68..]);
        SHA256.HashData(input, chain);
    }
}
