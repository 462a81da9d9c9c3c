using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Recognition.Exchange;

/// <summary>
/// Hands a token key to one partner: ECDH with an ephemeral key of P-256, HKDF-SHA256, AES-256-GCM. Who reads the connection, or ends its
/// TLS, learns nothing.
/// </summary>
public static class TokenKeySeal
{
    /// <summary>Bytes of a token key.</summary>
    public const int KeySize = 32;

    private const int TagSize = 16;

    /// <summary>Seals a key.</summary>
    /// <param name="key32">The key.</param>
    /// <param name="version">Its version, from 1.</param>
    /// <param name="from">Region of the hub that made it.</param>
    /// <param name="to">Region of the partner.</param>
    /// <param name="recipient">A key of the partner's agreement.</param>
    public static SealedTokenKey Seal(ReadOnlySpan<byte> key32, uint version, string from, string to, PartyKey recipient)
    {
        using var theirs = ECDiffieHellman.Create();
        theirs.ImportSubjectPublicKeyInfo(recipient.Spki.Span, out _);
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var their = theirs.PublicKey;
        var wrapping = WrappingKey(ephemeral.DeriveRawSecretAgreement(their), version, from, to);
        var sealedBytes = new byte[KeySize + TagSize];
        using (var cipher = new AesGcm(wrapping, TagSize))
        {
            cipher.Encrypt(stackalloc byte[12], key32, sealedBytes.AsSpan(0, KeySize), sealedBytes.AsSpan(KeySize));
        }

        CryptographicOperations.ZeroMemory(wrapping);
        return new SealedTokenKey
        {
            Version = version,
            KeyId = recipient.KeyId,
            Ephemeral = UnsafeByteOperations.UnsafeWrap(ephemeral.ExportSubjectPublicKeyInfo()),
            Sealed = UnsafeByteOperations.UnsafeWrap(sealedBytes),
        };
    }

    /// <summary>Opens a key.</summary>
    /// <param name="given">As it came.</param>
    /// <param name="from">Region of the hub that made it.</param>
    /// <param name="to">This hub's region.</param>
    /// <param name="own">The private key that it is sealed to.</param>
    /// <exception cref="RuleViolation">EXCHANGE_TOKEN_KEY.</exception>
    public static byte[] Open(SealedTokenKey given, string from, string to, ECParameters own)
    {
        try
        {
            using var mine = ECDiffieHellman.Create(own);
            using var ephemeral = ECDiffieHellman.Create();
            ephemeral.ImportSubjectPublicKeyInfo(given.Ephemeral.Span, out _);
            using var theirs = ephemeral.PublicKey;
            if (given.Sealed.Length == KeySize + TagSize && given.Version > 0)
            {
                var wrapping = WrappingKey(mine.DeriveRawSecretAgreement(theirs), given.Version, from, to);
                var key = new byte[KeySize];
                using var cipher = new AesGcm(wrapping, TagSize);
                cipher.Decrypt(stackalloc byte[12], given.Sealed.Span[..KeySize], given.Sealed.Span[KeySize..], key);
                return key;
            }
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            // Not for this key, or not of this curve: told below.
        }

        throw new RuleViolation(ErrorReason.ExchangeTokenKey);
    }

    private static byte[] WrappingKey(byte[] secret, uint version, string from, string to)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(number, version);
        byte[] info = [.. Encoding.ASCII.GetBytes($"creditexchange.token-key.v1\0{from}\0{to}\0"), .. number];
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, KeySize, salt: null, info);
        CryptographicOperations.ZeroMemory(secret);
        return key;
    }
}
