using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Client.Streams;

/// <summary>
/// Content about natural persons as it stands in a log that nobody can take back: AES-256-GCM under a key of the listing and the
/// audience, which the hub gives while the listing lasts. Associated data: ledger id ‖ position.
/// </summary>
public static class SealedContent
{
    /// <summary>The only suite: AES-256-GCM, nonce 12 bytes, tag 16.</summary>
    public const int Suite = 1;

    private const int TagSize = 16;
    private const int NonceSize = 12;

    /// <summary>Replaces an event's listing, reason, actor and opening by their sealed form.</summary>
    /// <param name="seen">The event as its audience may see it, with a listing; changed.</param>
    /// <param name="ledgerId">Ledger and epoch.</param>
    /// <param name="key">32 bytes.</param>
    public static void Seal(LedgerEvent seen, string ledgerId, byte[] key) => Seal(seen, ledgerId, key, RandomNumberGenerator.GetBytes(NonceSize));

    /// <summary>The same, for who asks for many nonces at once.</summary>
    /// <param name="seen">The event as its audience may see it, with a listing; changed.</param>
    /// <param name="ledgerId">Ledger and epoch.</param>
    /// <param name="key">32 bytes.</param>
    /// <param name="nonce">12 random bytes, never used before.</param>
    public static void Seal(LedgerEvent seen, string ledgerId, byte[] key, ReadOnlySpan<byte> nonce)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceSize);
        var listing = seen.Listing;
        var told = new LedgerEvent { Listing = listing, Reason = seen.Reason, Actor = seen.Actor, Opening = seen.Opening };
        // The plaintext is overwritten by its sealed form, so that no second array is made and none is left behind.
        var content = new byte[told.CalculateSize() + TagSize];
        var plain = content.AsSpan(0, content.Length - TagSize);
        told.WriteTo(plain);
        Span<byte> bound = stackalloc byte[ledgerId.Length + 8];
        Bind(bound, ledgerId, seen.Position);
        using (var cipher = new AesGcm(key, TagSize))
        {
            cipher.Encrypt(nonce, plain, plain, content.AsSpan(plain.Length), bound);
        }

        seen.SealedListing = new SealedListing
        {
            ListingId = listing.ListingId,
            Revision = listing.Revision,
            SubjectToken = listing.SubjectToken,
            Suite = Suite,
            Nonce = ByteString.CopyFrom(nonce),
            Content = UnsafeByteOperations.UnsafeWrap(content),
        };
        seen.Reason = "";
        seen.Actor = "";
        seen.Opening = null;
    }

    /// <summary>The event with its content.</summary>
    /// <param name="sealedEvent">An event with a sealed listing; left alone.</param>
    /// <param name="ledgerId">Ledger and epoch of the record.</param>
    /// <param name="key">The listing's key, 32 bytes.</param>
    /// <exception cref="CryptographicException">The suite is unknown, or the content, the key or what it is bound to is another one.</exception>
    public static LedgerEvent Open(LedgerEvent sealedEvent, string ledgerId, byte[] key)
    {
        var whole = sealedEvent.Clone();
        OpenInto(whole, ledgerId, key);
        return whole;
    }

    /// <summary>Puts the content into the event that carries it.</summary>
    /// <param name="sealedEvent">An event with a sealed listing; changed, unless it fails.</param>
    /// <param name="ledgerId">Ledger and epoch of the record.</param>
    /// <param name="key">The listing's key, 32 bytes.</param>
    /// <exception cref="CryptographicException">As of <see cref="Open"/>.</exception>
    /// <exception cref="InvalidProtocolBufferException">The plaintext is no event.</exception>
    public static void OpenInto(LedgerEvent sealedEvent, string ledgerId, byte[] key)
    {
        var from = sealedEvent.SealedListing;
        if (from.Suite != Suite || from.Nonce.Length != NonceSize || from.Content.Length < TagSize || key.Length != 32)
        {
            throw new CryptographicException("The sealed content has another form than suite 1.");
        }

        var plain = new byte[from.Content.Length - TagSize];
        Span<byte> bound = stackalloc byte[ledgerId.Length + 8];
        Bind(bound, ledgerId, sealedEvent.Position);
        using (var cipher = new AesGcm(key, TagSize))
        {
            cipher.Decrypt(from.Nonce.Span, from.Content.Span[..plain.Length], from.Content.Span[plain.Length..], plain, bound);
        }

        var content = LedgerEvent.Parser.ParseFrom(plain);
        CryptographicOperations.ZeroMemory(plain);
        sealedEvent.SealedListing = null;
        sealedEvent.MergeFrom(content);
    }

    private static void Bind(Span<byte> bound, string ledgerId, long position)
    {
        Encoding.ASCII.GetBytes(ledgerId, bound);
        BinaryPrimitives.WriteInt64BigEndian(bound[ledgerId.Length..], position);
    }
}
