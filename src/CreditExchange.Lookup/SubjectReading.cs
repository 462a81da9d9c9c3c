using System.Diagnostics.CodeAnalysis;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Lookup.Effects;

namespace CreditExchange.Lookup;

/// <summary>What a verdict needs beside the effects; another one with another catalogue or subject key.</summary>
/// <param name="Codes">Knows the effects' shapes.</param>
/// <param name="Catalogue">The catalogue in force.</param>
/// <param name="KeyVersion">The version of the subject key in force: what was read by another one says nothing.</param>
/// <param name="Recognition">The agreements in force.</param>
/// <param name="Flags">Recognised listings that are not executed here.</param>
public sealed record ReadingRules(
    EffectCodes Codes, CatalogueIndex Catalogue, byte KeyVersion, RecognitionTable Recognition, ListingFlags Flags);

/// <summary>What is known of one subject. Filled in place: a check reads it a million times a second, and copying it costs as much as finding it.</summary>
public struct SubjectReading
{
    internal EffectSet Own;
    internal ReadingRules Rules;

    /// <summary>What listings mean for it.</summary>
    [UnscopedRef]
    public readonly ref readonly EffectSet Effects => ref Own;

    /// <summary>The position it reflects.</summary>
    public long Position { get; internal set; }

    /// <summary>Knows the effects' shapes.</summary>
    public readonly EffectCodes Codes => Rules.Codes;

    /// <summary>The catalogue in force at the position.</summary>
    public readonly CatalogueIndex Catalogue => Rules.Catalogue;

    /// <summary>The agreements in force at the position.</summary>
    public readonly RecognitionTable Recognition => Rules.Recognition;

    /// <summary>Recognised listings that are not executed here, at the position.</summary>
    public readonly ListingFlags Flags => Rules.Flags;

    /// <summary>The version of the subject key in force at the position.</summary>
    public readonly byte KeyVersion => Rules.KeyVersion;

    /// <summary>Takes in what is known under another key of the same subject, read at the same position; in order of creation as everywhere.</summary>
    public void Join(in EffectSet other)
    {
        var all = new SubjectEffect[Own.Count + other.Count];
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = i < Own.Count ? Own[i] : other[i - Own.Count];
        }

        Array.Sort(all, static (a, b) => a.Entity.CompareTo(b.Entity));
        Own = new EffectSet(all);
    }

    /// <summary>An effect in the form that the rules of a matter take.</summary>
    public readonly ListingFact FactAt(int index) => Effects[index].ToFact(Codes);

    /// <summary>All effects in that form.</summary>
    public readonly ListingFact[] ToFacts()
    {
        var facts = Effects.Count == 0 ? [] : new ListingFact[Effects.Count];
        for (var i = 0; i < facts.Length; i++)
        {
            facts[i] = FactAt(i);
        }

        return facts;
    }
}
