using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// The fixed encoding that subject keys and tokens are made from: 1 byte kind, 3 bytes issuer, 28 bytes number, both
/// UTF-8 and zero-padded. Where either is longer, the kind's top bit is set and the other 31 bytes are the first of
/// SHA-256(length of issuer in bytes, two bytes big-endian ‖ issuer ‖ number). docs/subject-key.md holds vectors.
/// </summary>
public static class SubjectEncoding
{
    /// <summary>How many bytes an encoding has.</summary>
    public const int Length = 32;

    private const int IssuerBytes = 3;
    private const byte Hashed = 0x80;

    // 64 UTF-16 units of number and 200 of issuer, three bytes each at most, after two bytes of length.
    private const int LongestMessage = 2 + (3 * (SubjectIds.NumberLength + ForeignOrganisation.IssuerLength));

    /// <summary>Encodes an id.</summary>
    /// <param name="normalised">What <see cref="SubjectIds.Normalise"/> gave.</param>
    /// <param name="destination32">Takes 32 bytes.</param>
    public static void Encode(SubjectId normalised, Span<byte> destination32)
    {
        var target = destination32[..Length];
        target.Clear();
        target[0] = (byte)normalised.Kind;
        if (!Encoding.UTF8.TryGetBytes(normalised.Issuer, target.Slice(1, IssuerBytes), out _)
            || !Encoding.UTF8.TryGetBytes(normalised.Number, target[(1 + IssuerBytes)..], out _))
        {
            EncodeLong(normalised, target);
        }
    }

    private static void EncodeLong(SubjectId normalised, Span<byte> target)
    {
        Span<byte> message = stackalloc byte[LongestMessage];
        var issuer = Encoding.UTF8.GetBytes(normalised.Issuer, message[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)issuer);
        var number = Encoding.UTF8.GetBytes(normalised.Number, message[(2 + issuer)..]);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message[..(2 + issuer + number)], digest);
        target[0] = (byte)((byte)normalised.Kind | Hashed);
        digest[..(Length - 1)].CopyTo(target[1..]);
    }
}
