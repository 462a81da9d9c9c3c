using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace CreditExchange.Domain.Subjects;

/// <summary>AES-256 (FIPS 197) by the processor's instructions: the key schedule and one block's encryption.</summary>
internal static class AesRoundKeys
{
    /// <summary>Fourteen rounds and the key whitening before them.</summary>
    public const int Count = 15;

    /// <summary>Fills the round keys from a key of 32 bytes.</summary>
    public static void Expand(ReadOnlySpan<byte> key, Span<Vector128<byte>> keys)
    {
        keys[0] = Vector128.Create(key[..16]);
        keys[1] = Vector128.Create(key[16..]);
        // The round constants are immediates of the instruction, so the schedule is written out.
        keys[2] = Even(keys[0], Aes.KeygenAssist(keys[1], 0x01));
        keys[3] = Odd(keys[1], keys[2]);
        keys[4] = Even(keys[2], Aes.KeygenAssist(keys[3], 0x02));
        keys[5] = Odd(keys[3], keys[4]);
        keys[6] = Even(keys[4], Aes.KeygenAssist(keys[5], 0x04));
        keys[7] = Odd(keys[5], keys[6]);
        keys[8] = Even(keys[6], Aes.KeygenAssist(keys[7], 0x08));
        keys[9] = Odd(keys[7], keys[8]);
        keys[10] = Even(keys[8], Aes.KeygenAssist(keys[9], 0x10));
        keys[11] = Odd(keys[9], keys[10]);
        keys[12] = Even(keys[10], Aes.KeygenAssist(keys[11], 0x20));
        keys[13] = Odd(keys[11], keys[12]);
        keys[14] = Even(keys[12], Aes.KeygenAssist(keys[13], 0x40));
    }

    /// <summary>Encrypts one block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Encrypt(Vector128<byte> block, ReadOnlySpan<Vector128<byte>> keys)
    {
        ref var first = ref MemoryMarshal.GetReference(keys);
        block ^= first;
        for (var round = 1; round < Count - 1; round++)
        {
            block = Aes.Encrypt(block, Unsafe.Add(ref first, round));
        }

        return Aes.EncryptLast(block, Unsafe.Add(ref first, Count - 1));
    }

    private static Vector128<byte> Even(Vector128<byte> before, Vector128<byte> assist) =>
        Spread(before) ^ Sse2.Shuffle(assist.AsUInt32(), 0xFF).AsByte();

    private static Vector128<byte> Odd(Vector128<byte> before, Vector128<byte> even) =>
        Spread(before) ^ Sse2.Shuffle(Aes.KeygenAssist(even, 0x00).AsUInt32(), 0xAA).AsByte();

    /// <summary>Each word becomes the XOR of itself and all words before it.</summary>
    private static Vector128<byte> Spread(Vector128<byte> words)
    {
        words ^= Sse2.ShiftLeftLogical128BitLane(words, 4);
        return words ^ Sse2.ShiftLeftLogical128BitLane(words, 8);
    }
}
