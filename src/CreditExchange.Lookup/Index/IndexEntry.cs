using System.Runtime.InteropServices;
using CreditExchange.Domain.Subjects;
using CreditExchange.Lookup.Effects;

namespace CreditExchange.Lookup.Index;

/// <summary>
/// A subject in the index, 28 bytes: one plain effect inline, or the number of its effects in the overflow table. Times are whole
/// seconds since 1970, which is what days are made of; an effect with others stands in the overflow table.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct IndexEntry
{
    /// <summary>In <see cref="Until"/>: without end.</summary>
    private const uint Never = uint.MaxValue;

    /// <summary>In <see cref="Code"/>: the other bits are a number of the overflow table.</summary>
    private const uint ManyBit = 1u << 31;

    private static readonly long Epoch = DateTimeOffset.UnixEpoch.Ticks;

    /// <summary>The first half of the subject's key: a MAC, so nobody can make two of them meet.</summary>
    public ulong Print;
    public uint Code;
    public uint Entity;
    public uint NamePrint;
    public uint From;
    public uint Until;

    public readonly bool IsMany => (Code & ManyBit) != 0;

    public readonly uint Many => Code & ~ManyBit;

    public static ulong PrintOf(in SubjectKey key) => key.High;

    /// <summary>A second, shorter print of the same key: eight bits that the first doesn't hold.</summary>
    public static byte TagOf(in SubjectKey key) => (byte)(key.Low | 1);

    public static IndexEntry OfMany(ulong print, uint many) => new() { Print = print, Code = many | ManyBit };

    /// <summary>Whether an effect fits into an entry.</summary>
    public static bool Fits(in SubjectEffect effect) =>
        effect.OwnTimes is null && effect.Code < ManyBit && IsSecond(effect.FromTicks)
        && (effect.UntilTicks == long.MaxValue || IsSecond(effect.UntilTicks));

    public static IndexEntry Of(ulong print, in SubjectEffect effect) => new()
    {
        Print = print,
        Code = effect.Code,
        Entity = effect.Entity,
        NamePrint = effect.NamePrint,
        From = Second(effect.FromTicks),
        Until = effect.UntilTicks == long.MaxValue ? Never : Second(effect.UntilTicks),
    };

    public readonly SubjectEffect ToEffect()
    {
        ToEffect(out var effect);
        return effect;
    }

    public readonly void ToEffect(out SubjectEffect effect) =>
        effect = new(Code, Entity, NamePrint, Ticks(From), Until == Never ? long.MaxValue : Ticks(Until), null);

    // 0 stands for what is over for good (ticks 0), and no day of 1970 is needed.
    private static bool IsSecond(long ticks) => ticks == 0
        || (ticks > Epoch && (ticks - Epoch) % TimeSpan.TicksPerSecond == 0 && (ticks - Epoch) / TimeSpan.TicksPerSecond < Never);

    private static uint Second(long ticks) => ticks == 0 ? 0 : (uint)((ticks - Epoch) / TimeSpan.TicksPerSecond);

    private static long Ticks(uint second) => second == 0 ? 0 : Epoch + (second * TimeSpan.TicksPerSecond);
}
