using CreditExchange.Domain.Verdicts;
using CreditExchange.V1;

namespace CreditExchange.Lookup.Redis;

/// <summary>A subject's facts as the message that is sealed, and back.</summary>
public static class DetailMessages
{
    // What has just ceased to count by this node's clock may still count by another's.
    private static readonly TimeSpan Margin = TimeSpan.FromDays(1);

    /// <summary>Whether a fact counts now or may later, by the clock of any node.</summary>
    public static bool MayCount(in ListingFact fact, DateTimeOffset now) => fact.CountsUntilTicks > (now - Margin).UtcTicks;

    /// <summary>The facts that may count; the others are left out, so that what ended long ago isn't kept here.</summary>
    /// <param name="reading">All that is known of a subject.</param>
    /// <param name="now">The time.</param>
    public static SubjectDetail Write(in SubjectReading reading, DateTimeOffset now)
    {
        var detail = new SubjectDetail();
        for (var i = 0; i < reading.Effects.Count; i++)
        {
            var fact = reading.FactAt(i);
            if (MayCount(fact, now))
            {
                detail.Facts.Add(Write(fact, reading.Effects[i].NamePrint));
            }
        }

        return detail;
    }

    /// <summary>The facts. Of a name's tag they have the half that the index keeps.</summary>
    public static ListingFact[] Read(SubjectDetail detail)
    {
        var facts = new ListingFact[detail.Facts.Count];
        for (var i = 0; i < facts.Length; i++)
        {
            facts[i] = Read(detail.Facts[i]);
        }

        return facts;
    }

    private static SubjectFact Write(in ListingFact fact, uint namePrint)
    {
        var message = new SubjectFact
        {
            Entity = fact.Entity,
            ListCode = fact.ListCode,
            Role = fact.Role,
            IsReverse = fact.IsReverse,
            State = fact.State,
            FromTicks = fact.FromTicks,
            UntilTicks = fact.UntilTicks,
            NamePrint = namePrint,
            Region = fact.Region,
            Agency = fact.Agency,
            Agreement = fact.Agreement,
        };
        foreach (var measure in fact.Measures)
        {
            message.Measures.Add(new SubjectMeasure { Code = measure.Code, FromTicks = measure.FromTicks, UntilTicks = measure.UntilTicks });
        }

        return message;
    }

    private static ListingFact Read(SubjectFact message)
    {
        var measures = message.Measures.Count == 0 ? [] : new MeasureFact[message.Measures.Count];
        for (var i = 0; i < measures.Length; i++)
        {
            var measure = message.Measures[i];
            measures[i] = new MeasureFact(CodePool.Share(measure.Code), measure.FromTicks, measure.UntilTicks);
        }

        return new ListingFact(
            message.Entity,
            CodePool.Share(message.ListCode),
            CodePool.Share(message.Role),
            message.IsReverse,
            message.State,
            message.FromTicks,
            message.UntilTicks,
            (ulong)message.NamePrint << 32,
            CodePool.Share(message.Region),
            CodePool.Share(message.Agency),
            CodePool.Share(message.Agreement),
            measures);
    }
}
