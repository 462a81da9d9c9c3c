using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.Ledger.Proofs;

namespace CreditExchange.Ledger.Keys;

/// <summary>
/// Sealed personal parts: version 1 ‖ suite 1 ‖ key id 8 ‖ nonce 12 ‖ AES-256-GCM(salt 16 ‖ personal) ‖ tag 16, associated data
/// ledger id (ASCII, "7f3a9c.1") ‖ entity ‖ revision.
/// </summary>
internal static class Sealer
{
    public const int Header = 1 + 1 + 8 + 12;
    public const int TagSize = 16;
    private const byte Version = 1;

    public static byte[] Seal(DataKey key, string ledgerId, long entity, long revision, ReadOnlySpan<byte> salted, ReadOnlySpan<byte> nonce)
    {
        var bytes = new byte[Header + salted.Length + TagSize];
        bytes[0] = Version;
        bytes[1] = Commitments.Suite;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(2), key.Id);
        nonce.CopyTo(bytes.AsSpan(10));
        Span<byte> bound = stackalloc byte[ledgerId.Length + 16];
        Bind(bound, ledgerId, entity, revision);
        using var cipher = new AesGcm(key.Key, TagSize);
        cipher.Encrypt(nonce, salted, bytes.AsSpan(Header, salted.Length), bytes.AsSpan(Header + salted.Length), bound);
        return bytes;
    }

    /// <summary>Salt ‖ personal.</summary>
    /// <exception cref="CryptographicException">The bytes, the key or what they are bound to were changed.</exception>
    public static byte[] Unseal(DataKey key, string ledgerId, long entity, long revision, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Header + Commitments.SaltSize + TagSize || bytes[0] != Version || bytes[1] != Commitments.Suite
            || BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]) != key.Id)
        {
            throw new CryptographicException("The sealed part's header is unknown, or names another key.");
        }

        Span<byte> bound = stackalloc byte[ledgerId.Length + 16];
        Bind(bound, ledgerId, entity, revision);
        var salted = new byte[bytes.Length - Header - TagSize];
        using var cipher = new AesGcm(key.Key, TagSize);
        cipher.Decrypt(bytes.Slice(10, 12), bytes.Slice(Header, salted.Length), bytes[^TagSize..], salted, bound);
        return salted;
    }

    private static void Bind(Span<byte> bound, string ledgerId, long entity, long revision)
    {
        Encoding.ASCII.GetBytes(ledgerId, bound);
        BinaryPrimitives.WriteInt64BigEndian(bound[ledgerId.Length..], entity);
        BinaryPrimitives.WriteInt64BigEndian(bound[(ledgerId.Length + 8)..], revision);
    }
}
