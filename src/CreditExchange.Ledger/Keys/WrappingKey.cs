using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace CreditExchange.Ledger.Keys;

/// <summary>
/// The key under which the stored keys are wrapped:
/// version 1 ‖ suite 1 ‖ wrapping key id 8 ‖ nonce 12 ‖ AES-256-GCM(key) ‖ tag 16, associated data: purpose ‖ number.
/// </summary>
internal sealed class WrappingKey : IDisposable
{
    public const int Overhead = 1 + 1 + 8 + 12 + 16;
    private const byte Version = 1;
    private const byte Suite = 1;
    // As many as were ever used at once: to make one costs as much as to use it, and threads come and go.
    private readonly ConcurrentBag<AesGcm> _idle = [];
    private readonly byte[] _key;
    private readonly byte[] _id;
    private volatile bool _disposed;

    public WrappingKey(byte[] key)
    {
        if (key.Length != 32)
        {
            throw new LedgerRefusedException($"The wrapping key has {key.Length} bytes; it must have 32.");
        }

        _id = SHA256.HashData([.. "creditexchange wrapping key "u8, .. key])[..8];
        // A copy: further ciphers are made when they are needed, and the caller may have wiped its array by then.
        _key = key.ToArray();
    }

    /// <summary>Names the key without telling it: 16 hex digits.</summary>
    public string Id => Convert.ToHexStringLower(_id);

    /// <summary>The name of the key under which something is wrapped.</summary>
    public static string IdOf(ReadOnlySpan<byte> wrapped) =>
        wrapped.Length > Overhead ? Convert.ToHexStringLower(wrapped.Slice(2, 8)) : "";

    public bool HasWrapped(ReadOnlySpan<byte> wrapped) => wrapped.Length > Overhead && wrapped.Slice(2, 8).SequenceEqual(_id);

    public byte[] Wrap(ReadOnlySpan<byte> key, ReadOnlySpan<byte> purpose, long number, ReadOnlySpan<byte> nonce)
    {
        var wrapped = new byte[Overhead + key.Length];
        wrapped[0] = Version;
        wrapped[1] = Suite;
        _id.CopyTo(wrapped, 2);
        nonce.CopyTo(wrapped.AsSpan(10));
        Span<byte> bound = stackalloc byte[purpose.Length + 8];
        Bind(bound, purpose, number);
        var cipher = Take();
        cipher.Encrypt(nonce, key, wrapped.AsSpan(22, key.Length), wrapped.AsSpan(22 + key.Length), bound);
        _idle.Add(cipher);
        return wrapped;
    }

    public byte[] Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> purpose, long number)
    {
        var key = new byte[Math.Max(0, wrapped.Length - Overhead)];
        Unwrap(wrapped, purpose, number, key);
        return key;
    }

    /// <summary>The same into bytes of the caller's.</summary>
    public void Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> purpose, long number, Span<byte> key)
    {
        if (wrapped.Length <= Overhead || wrapped.Length != Overhead + key.Length || wrapped[0] != Version || wrapped[1] != Suite)
        {
            throw new LedgerRefusedException("keys.db holds a key in a form that this version doesn't know.");
        }

        if (!wrapped.Slice(2, 8).SequenceEqual(_id))
        {
            throw new LedgerRefusedException("keys.db was wrapped under another wrapping key. Give the one that it was made with.");
        }

        Span<byte> bound = stackalloc byte[purpose.Length + 8];
        Bind(bound, purpose, number);
        var cipher = Take();
        try
        {
            cipher.Decrypt(wrapped.Slice(10, 12), wrapped.Slice(22, key.Length), wrapped[(22 + key.Length)..], key, bound);
        }
        catch (CryptographicException failure)
        {
            throw new LedgerRefusedException("keys.db is damaged: a key doesn't open under its wrapping key. Restore keys.db.", failure);
        }
        finally
        {
            _idle.Add(cipher);
        }
    }

    private AesGcm Take()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _idle.TryTake(out var cipher) ? cipher : new AesGcm(_key, 16);
    }

    private static void Bind(Span<byte> bound, ReadOnlySpan<byte> purpose, long number)
    {
        purpose.CopyTo(bound);
        BinaryPrimitives.WriteInt64BigEndian(bound[purpose.Length..], number);
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var cipher))
        {
            cipher.Dispose();
        }
    }
}
