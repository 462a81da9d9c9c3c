using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Lookup.Redis;

/// <summary>
/// A subject's detail as it lies in Redis and goes between nodes: position, 20 digits ‖ '1', or '0' for an empty one ‖
/// version 1 ‖ nonce 12 ‖ AES-256-GCM(SubjectDetail) ‖ tag 16. Associated data: the name in Redis ‖ the first 21 characters, so
/// that a value can't be moved to another subject, ledger or position.
/// </summary>
public sealed class SealedDetails
{
    /// <summary>Digits of a position: so many that the greatest fits, so that the server can read it.</summary>
    public const int PositionDigits = 20;

    private const byte Version = 1;
    private const int Clear = PositionDigits + 1;
    private const int Header = Clear + 1 + NonceSize;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private readonly byte[][] keys = new byte[TierKeys.Buckets][];
    private readonly TierKeys names;

    /// <summary>Derives a key for each bucket, so that random nonces stay far from their limit of 2^32 under one key.</summary>
    /// <param name="hub">The hub's keys.</param>
    /// <param name="names">Names of the values.</param>
    public SealedDetails(HubKeys hub, TierKeys names)
    {
        this.names = names;
        for (var bucket = 0; bucket < keys.Length; bucket++)
        {
            // Two blocks of the token key's MAC over distinct labels, as for the audiences' keys (NIST SP 800-108, counter).
            keys[bucket] = new byte[32];
            hub.Token.Mac([1, .. "redis-detail\0"u8, (byte)bucket], keys[bucket].AsSpan(0, 16));
            hub.Token.Mac([2, .. "redis-detail\0"u8, (byte)bucket], keys[bucket].AsSpan(16));
        }
    }

    /// <summary>The form of a position that the server's script reads.</summary>
    public static string Digits(long position) => position.ToString("D20", CultureInfo.InvariantCulture);

    /// <summary>Seals what is known of a subject; without facts: nothing is.</summary>
    /// <param name="key">The subject.</param>
    /// <param name="reading">What is known; right at its position.</param>
    /// <param name="now">The time.</param>
    public byte[] Seal(in SubjectKey key, in SubjectReading reading, DateTimeOffset now)
    {
        var detail = DetailMessages.Write(reading, now);
        var size = detail.CalculateSize();
        var bytes = new byte[Header + size + TagSize];
        Encoding.ASCII.GetBytes(Digits(reading.Position), bytes);
        bytes[PositionDigits] = detail.Facts.Count == 0 ? (byte)'0' : (byte)'1';
        bytes[Clear] = Version;
        var nonce = bytes.AsSpan(Clear + 1, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(keys[TierKeys.BucketOf(key)], TagSize);
        cipher.Encrypt(
            nonce, detail.ToByteArray(), bytes.AsSpan(Header, size), bytes.AsSpan(Header + size), Bound(key, bytes.AsSpan(0, Clear)));
        return bytes;
    }

    /// <summary>Opens a detail.</summary>
    /// <param name="key">The subject.</param>
    /// <param name="bytes">What <see cref="Seal"/> made.</param>
    /// <param name="position">The position at which it is right.</param>
    /// <param name="facts">The facts.</param>
    /// <returns>False: the bytes are not a detail of this subject in this ledger, or were changed.</returns>
    public bool TryOpen(in SubjectKey key, ReadOnlySpan<byte> bytes, out long position, out ListingFact[] facts)
    {
        facts = [];
        position = 0;
        if (bytes.Length < Header + TagSize || bytes[Clear] != Version
            || !long.TryParse(bytes[..PositionDigits], NumberStyles.None, CultureInfo.InvariantCulture, out position))
        {
            return false;
        }

        var plain = new byte[bytes.Length - Header - TagSize];
        try
        {
            using var cipher = new AesGcm(keys[TierKeys.BucketOf(key)], TagSize);
            cipher.Decrypt(
                bytes.Slice(Clear + 1, NonceSize), bytes.Slice(Header, plain.Length), bytes[^TagSize..], plain, Bound(key, bytes[..Clear]));
            facts = DetailMessages.Read(SubjectDetail.Parser.ParseFrom(plain));
            return true;
        }
        catch (Exception error) when (error is CryptographicException or InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private byte[] Bound(in SubjectKey key, ReadOnlySpan<byte> clear) => [.. Encoding.ASCII.GetBytes(names.Value(key)), .. clear];
}
