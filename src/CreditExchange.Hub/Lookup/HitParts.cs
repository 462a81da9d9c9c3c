using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Hub.Errors;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Effects;
using CreditExchange.V1;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Lookup;

/// <summary>Writes what a hit says into an answer, as far as the caller may see it.</summary>
public sealed class HitParts(ListingIds listingIds, IPartnerAges ages, TimeProvider time)
{
    /// <summary>Adds consequences, and, where they are shown, matches and measures.</summary>
    public void Add(
        VerdictResult result,
        in SubjectReading reading,
        Language language,
        bool isShown,
        RepeatedField<ListingMatch> matches,
        RepeatedField<string> measures,
        RepeatedField<Consequence> consequences)
    {
        foreach (var consequence in result.Consequences)
        {
            consequences.Add(new Consequence
            {
                Code = consequence.Code,
                Measure = consequence.Measure,
                Basis = consequence.Basis,
                Text = language == Language.Chinese ? consequence.Zh : consequence.En,
                Recognised = TextOf(consequence.Recognised, language),
                PartnerAge = AgeOf(consequence.Recognised),
            });
        }

        if (!isShown)
        {
            return;
        }

        measures.AddRange(result.Measures);
        for (var i = 0; i < result.Matches.Count; i++)
        {
            matches.Add(Match(reading.FactAt(result.Matches[i]), result.Notes[i], language));
        }
    }

    /// <summary>What the index keeps of the tag of a name that the caller gave; 0: none.</summary>
    public uint NamePrintOf(string name, HubKeys keys)
    {
        if (name.Length == 0)
        {
            return 0;
        }

        TextRules.Check(name, "subject_name", 200, required: false);
        return SubjectEffect.NamePrintOf(NameTags.Compute(keys.Request, name));
    }

    private Duration? AgeOf(RecognitionNote? note) =>
        note is not null && ages.AgeOf(note.Agreement, time.GetUtcNow()) is var age && age < TimeSpan.MaxValue ? Duration.FromTimeSpan(age) : null;

    private static string TextOf(RecognitionNote? note, Language language) =>
        note is null ? "" : language == Language.Chinese ? note.Zh : note.En;

    private ListingMatch Match(in ListingFact fact, RecognitionNote? note, Language language)
    {
        var until = fact.CountsUntilTicks;
        var match = new ListingMatch
        {
            ListingId = listingIds.Format(fact.Entity),
            ListCode = fact.ListCode,
            State = fact.State,
            Role = fact.Role,
            Origin = new Origin { Region = fact.Region, Agency = fact.Agency, Agreement = fact.Agreement },
            Until = until is long.MaxValue or long.MinValue ? null : Timestamp.FromDateTimeOffset(new DateTimeOffset(until, TimeSpan.Zero)),
            Recognised = TextOf(note, language),
            PartnerAge = AgeOf(note),
        };
        if (note is not null)
        {
            match.Origin.Article = note.Article;
            match.Marks.Add(RecognitionNote.Recognised);
            if (note.Mark.Length > 0)
            {
                match.Marks.Add(note.Mark);
            }
        }

        return match;
    }
}
