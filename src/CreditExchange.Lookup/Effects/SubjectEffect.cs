using CreditExchange.Domain.Verdicts;

namespace CreditExchange.Lookup.Effects;

/// <summary>What one listing means for one subject, in the form that the index keeps.</summary>
/// <param name="Code">Number of its shape in <see cref="EffectCodes"/>.</param>
/// <param name="Entity">The ledger's local number of the listing.</param>
/// <param name="NamePrint">Half of the keyed tag of the subject's name in it (<see cref="NamePrintOf"/>); 0: not known.</param>
/// <param name="FromTicks">When it begins, UTC ticks.</param>
/// <param name="UntilTicks">When it ends, exclusive; long.MaxValue: never.</param>
/// <param name="OwnTimes">The times of its measures, in the shape's order; null: all run with the listing.</param>
public readonly record struct SubjectEffect(
    uint Code, uint Entity, uint NamePrint, long FromTicks, long UntilTicks, (long From, long Until)[]? OwnTimes)
{
    /// <summary>The largest number of a listing.</summary>
    public const long LastEntity = uint.MaxValue;

    /// <summary>Half of a name's tag: another name passes once in four thousand million. 0 for an unknown name alone.</summary>
    public static uint NamePrintOf(ulong tag) => tag == 0 ? 0 : Math.Max(1, (uint)(tag >> 32));

    /// <summary>Makes the effect of a fact. One that can't count any more, at or after an instant, keeps no times.</summary>
    /// <param name="fact">The fact.</param>
    /// <param name="codes">Gives its shape a number.</param>
    /// <param name="notBefore">No evaluation will be before it, UTC ticks: when the event was recorded.</param>
    /// <exception cref="InvalidOperationException">The listing's number is beyond <see cref="LastEntity"/>.</exception>
    public static SubjectEffect Of(in ListingFact fact, EffectCodes codes, long notBefore)
    {
        if (fact.Entity is <= 0 or > LastEntity)
        {
            throw new InvalidOperationException($"Entity {fact.Entity} is beyond what the index can name.");
        }

        var code = codes.CodeOf(fact);
        var name = NamePrintOf(fact.NameTag);
        // A live one keeps its end even when that has passed: the clock's event is still to come.
        return fact.CountsUntilTicks <= notBefore && !codes[code].IsLive
            ? new SubjectEffect(code, (uint)fact.Entity, name, 0, 0, null)
            : new SubjectEffect(code, (uint)fact.Entity, name, fact.FromTicks, fact.UntilTicks, OwnTimesOf(fact));
    }

    /// <summary>The fact again, of the shape and these times.</summary>
    /// <param name="codes">Knows the shape.</param>
    public ListingFact ToFact(EffectCodes codes)
    {
        var shape = codes[Code];
        var measures = shape.Measures.Length == 0 ? [] : new MeasureFact[shape.Measures.Length];
        for (var i = 0; i < measures.Length; i++)
        {
            var (from, until) = OwnTimes is null ? (FromTicks, UntilTicks) : OwnTimes[i];
            measures[i] = new MeasureFact(shape.Measures[i], from, until);
        }

        return new ListingFact(
            Entity, shape.ListCode, shape.Role, shape.IsReverse, shape.State, FromTicks, UntilTicks, NamePrint,
            shape.Region, shape.Agency, shape.Agreement, measures);
    }

    private static (long From, long Until)[]? OwnTimesOf(in ListingFact fact)
    {
        var same = true;
        foreach (var measure in fact.Measures)
        {
            same &= measure.FromTicks == fact.FromTicks && measure.UntilTicks == fact.UntilTicks;
        }

        return same ? null : Array.ConvertAll(fact.Measures, m => (m.FromTicks, m.UntilTicks));
    }
}
