using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using HardwareAes = System.Runtime.Intrinsics.X86.Aes;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// CMAC of NIST SP 800-38B (RFC 4493's construction) with AES-256. With the processor's AES instructions two blocks take
/// some 30 ns; elsewhere the platform's AES does the same under a lock. Safe for many threads; computing allocates nothing.
/// </summary>
public sealed class AesCmac : IDisposable
{
    /// <summary>How many bytes a key has.</summary>
    public const int KeyLength = 32;

    /// <summary>How many bytes a MAC has.</summary>
    public const int MacLength = 16;

    private const int Block = 16;

    private readonly Vector128<byte>[] _roundKeys = [];
    private readonly Aes? _portable;
    private readonly Lock _portableGate = new();
    private Vector128<byte> _subkey1;
    private Vector128<byte> _subkey2;
    private volatile bool _disposed;

    /// <summary>Takes a copy of the key and the fastest way that the processor has.</summary>
    /// <param name="key32">32 bytes.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public AesCmac(ReadOnlySpan<byte> key32)
        : this(key32, HardwareAes.IsSupported)
    {
    }

    /// <summary>Chooses the way: tests compare the two.</summary>
    internal AesCmac(ReadOnlySpan<byte> key32, bool hardware)
    {
        if (key32.Length != KeyLength)
        {
            throw new ArgumentException("An AES-256 key has 32 bytes.", nameof(key32));
        }

        if (hardware)
        {
            // Pinned, so that the collector leaves no second copy that Dispose can't overwrite.
            _roundKeys = GC.AllocateUninitializedArray<Vector128<byte>>(AesRoundKeys.Count, pinned: true);
            AesRoundKeys.Expand(key32, _roundKeys);
        }
        else
        {
            _portable = Aes.Create();
            _portable.SetKey(key32);
        }

        var zero = Encrypt(Vector128<byte>.Zero);
        _subkey1 = Double(zero);
        _subkey2 = Double(_subkey1);
    }

    /// <summary>Computes the MAC of a message.</summary>
    /// <param name="message">Any length, zero included.</param>
    /// <param name="mac16">Takes 16 bytes.</param>
    /// <exception cref="ObjectDisposedException">The key was overwritten.</exception>
    public void Compute(ReadOnlySpan<byte> message, Span<byte> mac16)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var state = Vector128<byte>.Zero;
        while (message.Length > Block)
        {
            state = Encrypt(state ^ Vector128.Create(message[..Block]));
            message = message[Block..];
        }

        Encrypt(state ^ Last(message, _subkey1, _subkey2)).CopyTo(mac16);
    }

    /// <summary>
    /// The MACs of a message that begins with 1, and of the same one beginning with 2, under a key that is used this once: it is
    /// nowhere kept.
    /// </summary>
    /// <param name="key32">The key, 32 bytes.</param>
    /// <param name="message">At least one byte; the first is overwritten.</param>
    /// <param name="macs32">Takes 32 bytes.</param>
    internal static void ComputeTwo(ReadOnlySpan<byte> key32, Span<byte> message, Span<byte> macs32)
    {
        if (!HardwareAes.IsSupported)
        {
            using var cmac = new AesCmac(key32);
            for (var i = 0; i < 2; i++)
            {
                message[0] = (byte)(i + 1);
                cmac.Compute(message, macs32.Slice(i * MacLength, MacLength));
            }

            return;
        }

        Span<Vector128<byte>> keys = stackalloc Vector128<byte>[AesRoundKeys.Count];
        AesRoundKeys.Expand(key32[..KeyLength], keys);
        var subkey1 = Double(AesRoundKeys.Encrypt(Vector128<byte>.Zero, keys));
        var subkey2 = Double(subkey1);
        for (var i = 0; i < 2; i++)
        {
            message[0] = (byte)(i + 1);
            var state = Vector128<byte>.Zero;
            ReadOnlySpan<byte> rest = message;
            for (; rest.Length > Block; rest = rest[Block..])
            {
                state = AesRoundKeys.Encrypt(state ^ Vector128.Create(rest[..Block]), keys);
            }

            AesRoundKeys.Encrypt(state ^ Last(rest, subkey1, subkey2), keys).CopyTo(macs32[(i * MacLength)..]);
        }

        keys.Clear();
    }

    /// <summary>Overwrites the key; computing afterwards throws.</summary>
    public void Dispose()
    {
        _disposed = true;
        Array.Clear(_roundKeys);
        _subkey1 = default;
        _subkey2 = default;
        lock (_portableGate)
        {
            _portable?.Dispose();
        }
    }

    /// <summary>The last block with its subkey: whole, or filled up with a one and zeros.</summary>
    private static Vector128<byte> Last(ReadOnlySpan<byte> rest, Vector128<byte> subkey1, Vector128<byte> subkey2)
    {
        if (rest.Length == Block)
        {
            return Vector128.Create(rest) ^ subkey1;
        }

        Span<byte> padded = stackalloc byte[Block];
        padded.Clear();
        rest.CopyTo(padded);
        padded[rest.Length] = 0x80;
        return Vector128.Create((ReadOnlySpan<byte>)padded) ^ subkey2;
    }

    private Vector128<byte> Encrypt(Vector128<byte> block) =>
        _portable is null ? AesRoundKeys.Encrypt(block, _roundKeys) : EncryptPortable(block);

    private Vector128<byte> EncryptPortable(Vector128<byte> block)
    {
        Span<byte> input = stackalloc byte[Block];
        Span<byte> output = stackalloc byte[Block];
        block.CopyTo(input);
        lock (_portableGate)
        {
            _portable!.EncryptEcb(input, output, PaddingMode.None);
        }

        return Vector128.Create((ReadOnlySpan<byte>)output);
    }

    /// <summary>Multiplication by x in GF(2^128), big-endian, as the standard makes its subkeys.</summary>
    private static Vector128<byte> Double(Vector128<byte> value)
    {
        Span<byte> bytes = stackalloc byte[Block];
        value.CopyTo(bytes);
        var carry = bytes[0] >> 7;
        for (var i = 0; i < Block - 1; i++)
        {
            bytes[i] = (byte)((bytes[i] << 1) | (bytes[i + 1] >> 7));
        }

        bytes[Block - 1] = (byte)((bytes[Block - 1] << 1) ^ (carry * 0x87));
        return Vector128.Create((ReadOnlySpan<byte>)bytes);
    }
}
