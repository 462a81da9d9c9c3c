using System.Buffers.Binary;
using System.Globalization;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// Stands for a subject inside the hub: the key's version and 16 bytes of AES-256-CMAC over the subject's encoding.
/// Equal subjects have equal keys under one version. Never leaves the hub.
/// </summary>
/// <param name="Version">Version of the hub key, from 1.</param>
/// <param name="High">The first eight bytes, big-endian.</param>
/// <param name="Low">The last eight bytes, big-endian.</param>
public readonly record struct SubjectKey(byte Version, ulong High, ulong Low)
{
    /// <summary>How many bytes a written key has.</summary>
    public const int Length = 17;

    /// <summary>
    /// The version that keys made of a partner's tokens have: no version of the hub's own key, so that neither is ever taken for the other,
    /// and a rotation of the hub's key leaves them alone.
    /// </summary>
    public const byte TokenVersion = byte.MaxValue;

    /// <summary>Whether it is made of a partner's token.</summary>
    public bool IsOfToken => Version == TokenVersion;

    /// <summary>
    /// The key under which a listing is filed whose subject came as a token: the token's bytes, as they are. Tokens of two keys don't
    /// meet, since each is a MAC of its own; whoever looks one up has made it himself under the key of one partner.
    /// </summary>
    /// <param name="token">16 bytes.</param>
    /// <exception cref="ArgumentException">It has another length.</exception>
    public static SubjectKey OfToken(ReadOnlySpan<byte> token) => token.Length != Length - 1
        ? throw new ArgumentException("A subject token has 16 bytes.", nameof(token))
        : new SubjectKey(TokenVersion, BinaryPrimitives.ReadUInt64BigEndian(token), BinaryPrimitives.ReadUInt64BigEndian(token[8..]));

    /// <summary>Writes the version and the 16 bytes; the order of written keys is the order of their bytes.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination[9..], Low);
        BinaryPrimitives.WriteUInt64BigEndian(destination[1..], High);
        destination[0] = Version;
    }

    /// <summary>The 17 bytes that <see cref="WriteTo"/> writes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        WriteTo(bytes);
        return bytes;
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote, from the first 17 bytes.</summary>
    /// <exception cref="ArgumentException">There are fewer.</exception>
    public static SubjectKey Read(ReadOnlySpan<byte> source) => source.Length < Length
        ? throw new ArgumentException("A subject key has 17 bytes.", nameof(source))
        : new SubjectKey(
            source[0], BinaryPrimitives.ReadUInt64BigEndian(source[1..]), BinaryPrimitives.ReadUInt64BigEndian(source[9..]));

    /// <summary>Bytes of a MAC are uniform, so any 32 of their bits are a hash.</summary>
    public override int GetHashCode() => (int)Low ^ Version;

    /// <summary>A mask, so that a key in a log names nobody: "key v1 3f2a…".</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"key v{Version} {High >> 48:x4}…");
}
