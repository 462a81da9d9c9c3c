using System.Security.Cryptography;

namespace CreditExchange.Domain.Subjects;

/// <summary>AES-256-CMAC under a hub key. Stand-in until the subjects branch is merged.</summary>
public sealed class SubjectKeyer(byte version, ReadOnlySpan<byte> key32)
{
    private readonly byte[] _key = key32.ToArray();

    /// <summary>Version of the key.</summary>
    public byte Version { get; } = version;

    /// <summary>Stand-in for the CMAC.</summary>
    public void Mac(ReadOnlySpan<byte> message, Span<byte> mac16) =>
        HMACSHA256.HashData(_key, message).AsSpan(0, 16).CopyTo(mac16);
}
