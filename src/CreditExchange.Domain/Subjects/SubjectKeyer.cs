using System.Buffers.Binary;
using System.Text;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// Makes keyed values under one 32-byte key: subject keys, and MACs over other messages. Safe for any number of threads
/// at once; computing allocates nothing.
/// </summary>
public sealed class SubjectKeyer : IDisposable
{
    private readonly AesCmac _cmac;

    /// <summary>Takes a copy of the key.</summary>
    /// <param name="version">Version of the key, from 1.</param>
    /// <param name="key32">32 bytes.</param>
    /// <exception cref="ArgumentException">The key has another length, or the version is 0.</exception>
    public SubjectKeyer(byte version, ReadOnlySpan<byte> key32)
    {
        if (version == 0)
        {
            throw new ArgumentException("Key versions start at 1.", nameof(version));
        }

        Version = version;
        _cmac = new AesCmac(key32);
    }

    /// <summary>Version of the key.</summary>
    public byte Version { get; }

    /// <summary>The key of a subject.</summary>
    /// <param name="normalised">What <see cref="SubjectIds.Normalise"/> gave.</param>
    public SubjectKey Compute(SubjectId normalised)
    {
        Span<byte> encoding = stackalloc byte[SubjectEncoding.Length];
        SubjectEncoding.Encode(normalised, encoding);
        return Compute(encoding);
    }

    /// <summary>The key of a subject whose encoding is at hand.</summary>
    /// <param name="encoding32">What <see cref="SubjectEncoding.Encode"/> wrote.</param>
    public SubjectKey Compute(ReadOnlySpan<byte> encoding32)
    {
        Span<byte> mac = stackalloc byte[AesCmac.MacLength];
        _cmac.Compute(encoding32[..SubjectEncoding.Length], mac);
        return new SubjectKey(
            Version, BinaryPrimitives.ReadUInt64BigEndian(mac), BinaryPrimitives.ReadUInt64BigEndian(mac[8..]));
    }

    /// <summary>
    /// AES-256-CMAC of a message of any length. Messages of different use under one key must begin differently; a
    /// subject's encoding begins with 0x01-0x09 or 0x81-0x89 and has 32 bytes.
    /// </summary>
    public void Mac(ReadOnlySpan<byte> message, Span<byte> mac16) => _cmac.Compute(message, mac16);

    /// <summary>
    /// Derives another key: two blocks of this one's MAC over the purpose, numbered by their first byte (NIST SP 800-108, counter mode).
    /// </summary>
    /// <param name="purpose">What the key is for; each use has its own.</param>
    /// <param name="key32">Takes 32 bytes.</param>
    public void Derive(string purpose, Span<byte> key32)
    {
        var label = Encoding.UTF8.GetBytes("\u0001" + purpose);
        Mac(label, key32[..AesCmac.MacLength]);
        label[0] = 2;
        Mac(label, key32[AesCmac.MacLength..]);
    }

    /// <summary>The same for a key that is used this once: nothing is kept of it, and nothing pinned.</summary>
    /// <param name="key32">The key to derive from, 32 bytes.</param>
    /// <param name="purpose">What the derived key is for.</param>
    /// <param name="derived32">Takes 32 bytes.</param>
    public static void DeriveOnce(ReadOnlySpan<byte> key32, string purpose, Span<byte> derived32)
    {
        Span<byte> label = stackalloc byte[128];
        var length = 1 + Encoding.UTF8.GetByteCount(purpose);
        label = length <= label.Length ? label[..length] : new byte[length];
        Encoding.UTF8.GetBytes(purpose, label[1..]);
        label[0] = 1;
        AesCmac.ComputeTwo(key32, label, derived32);
    }

    /// <summary>Overwrites the key.</summary>
    public void Dispose() => _cmac.Dispose();
}
