using CreditExchange.Domain.Verdicts;
using CreditExchange.Lookup.Effects;

namespace CreditExchange.Lookup;

/// <summary>
/// What a matter concludes from each shape of effect, worked out at most once: a plain verdict is a look into a table. Belongs
/// to one catalogue and day, as its policy does. Safe for many threads.
/// </summary>
/// <param name="policy">The matter's rules.</param>
/// <param name="codes">The shapes of the view that is asked.</param>
public sealed class VerdictTable(MatterPolicy policy, EffectCodes codes)
{
    private const int StackFacts = 8;

    // By shape: what follows while it is on, for a person who is sure and for one who isn't.
    private VerdictResult?[] sure = new VerdictResult?[256];
    private VerdictResult?[] unsure = new VerdictResult?[256];

    [ThreadStatic]
    private static ListingFact[]? buffer;

    /// <summary>What the effects mean: <see cref="MatterPolicy.Evaluate"/>, without its work where the effect is plain.</summary>
    /// <param name="reading">The effects.</param>
    /// <param name="asOf">The time of the evaluation.</param>
    /// <param name="hasCheckDigit">Whether the asked kind of id has a check digit.</param>
    /// <param name="namePrint">Print of the name that the caller gave; 0: none.</param>
    public VerdictResult Evaluate(in SubjectReading reading, DateTimeOffset asOf, bool hasCheckDigit, uint namePrint)
    {
        var count = reading.Effects.Count;
        if (count == 0)
        {
            return VerdictResult.Clear;
        }

        if (count == 1)
        {
            ref readonly var effect = ref reading.Effects[0];
            // What follows from a recognised listing depends on its own flag and its partner's age too.
            if (effect.OwnTimes is null && codes[effect.Code].Agreement.Length == 0)
            {
                var now = asOf.UtcTicks;
                return effect.FromTicks <= now && now < effect.UntilTicks
                    ? OfShape(effect.Code, MatterPolicy.IsSure(effect.NamePrint, hasCheckDigit, namePrint))
                    : VerdictResult.Clear;
            }
        }

        return EvaluateMany(reading, asOf, hasCheckDigit, namePrint);
    }

    private VerdictResult EvaluateMany(in SubjectReading reading, DateTimeOffset asOf, bool hasCheckDigit, uint namePrint)
    {
        var count = reading.Effects.Count;
        var facts = count <= StackFacts ? buffer ??= new ListingFact[StackFacts] : new ListingFact[count];
        for (var i = 0; i < count; i++)
        {
            facts[i] = reading.FactAt(i);
        }

        return policy.Evaluate(facts.AsSpan(0, count), asOf, hasCheckDigit, namePrint, reading.Flags);
    }

    private VerdictResult OfShape(uint code, bool isSure)
    {
        var table = Volatile.Read(ref isSure ? ref sure : ref unsure);
        return code < (uint)table.Length && table[code] is { } known ? known : Work(code, isSure);
    }

    private VerdictResult Work(uint code, bool isSure)
    {
        var always = new SubjectEffect(code, 1, 0, long.MinValue, long.MaxValue, null).ToFact(codes);
        var result = policy.Evaluate(
            new ReadOnlySpan<ListingFact>(in always), new DateTimeOffset(policy.Day, default, TimeSpan.Zero), isSure, nameTag: 0);
        lock (policy)
        {
            ref var table = ref isSure ? ref sure : ref unsure;
            if (code >= (uint)table.Length)
            {
                var larger = table;
                Array.Resize(ref larger, (int)Math.Max(2L * table.Length, code + 1L));
                Volatile.Write(ref table, larger);
            }

            return table[code] = result;
        }
    }
}
