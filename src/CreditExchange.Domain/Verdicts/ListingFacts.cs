using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Verdicts;

/// <summary>A subject of a listing: whom a fact is filed under.</summary>
/// <param name="Id">The id; identifies a person, so only for making a key.</param>
/// <param name="Name">The name in the listing; empty: not stated.</param>
/// <param name="Role">"subject", or the catalogue code of a related person's role.</param>
/// <param name="IsReverse">Whether it is an organisation related to a listed person.</param>
public readonly record struct ListedSubject(SubjectId Id, string Name, string Role, bool IsReverse);

/// <summary>Makes facts from listings.</summary>
public static class ListingFacts
{
    /// <summary>The role of the listing's own subject.</summary>
    public const string SubjectRole = "subject";

    private static readonly MeasureFact[] NoMeasures = [];

    /// <summary>
    /// Everybody a whole listing can count for: its subject, the subject's other ids, and those related persons who count by a
    /// cited basis and held the role at the conduct.
    /// </summary>
    /// <param name="whole">The listing with its personal part.</param>
    /// <param name="into">Receives the subjects; not cleared.</param>
    public static void Subjects(Listing whole, List<ListedSubject> into)
    {
        if (whole.Subject is null)
        {
            return;
        }

        var first = into.Count;
        into.Add(new ListedSubject(whole.Subject, whole.SubjectName, SubjectRole, false));
        foreach (var other in whole.OtherIds)
        {
            var subject = new ListedSubject(other, whole.SubjectName, SubjectRole, false);
            if (into.IndexOf(subject, first) < 0)
            {
                into.Add(subject);
            }
        }

        var isPerson = SubjectIds.IsNaturalPerson(whole.Subject.Kind);
        foreach (var person in whole.RelatedPersons)
        {
            if (person.Subject is not null && Counts(person, whole))
            {
                var reverse = isPerson && !SubjectIds.IsNaturalPerson(person.Subject.Kind);
                into.Add(new ListedSubject(person.Subject, person.Name, CodePool.Share(person.Role), reverse));
            }
        }
    }

    /// <summary>
    /// The fact of a listing in one role; reads only the open part, so an index rebuild need not unseal.
    /// </summary>
    /// <param name="entity">The ledger's local number of the listing.</param>
    /// <param name="listing">The listing, whole or its open part.</param>
    /// <param name="role">The role.</param>
    /// <param name="isReverse">As <see cref="ListedSubject.IsReverse"/>.</param>
    /// <param name="nameTag">Keyed tag of the name; 0: not known.</param>
    public static ListingFact From(
        long entity, Listing listing, string role = SubjectRole, bool isReverse = false, ulong nameTag = 0) => new(
        entity,
        CodePool.Share(listing.ListCode),
        CodePool.Share(role),
        isReverse,
        listing.State,
        Instants.From(listing.EffectiveFrom),
        Instants.Until(listing.EffectiveUntil),
        nameTag,
        CodePool.Share(listing.Origin?.Region ?? ""),
        CodePool.Share(listing.Origin?.Agency ?? ""),
        CodePool.Share(listing.Origin?.Agreement ?? ""),
        Measures(listing));

    /// <summary>The facts of a whole listing, one for each of its subjects.</summary>
    /// <param name="entity">The ledger's local number of the listing.</param>
    /// <param name="whole">The listing with its personal part.</param>
    /// <param name="nameTag">Makes the keyed tag of a name; not called for an empty one.</param>
    /// <param name="into">Receives the facts; not cleared.</param>
    public static void From(
        long entity, Listing whole, Func<string, ulong> nameTag, List<(SubjectId Id, ListingFact Fact)> into)
    {
        var subjects = new List<ListedSubject>(1 + whole.OtherIds.Count + whole.RelatedPersons.Count);
        Subjects(whole, subjects);
        var shared = From(entity, whole);
        foreach (var subject in subjects)
        {
            into.Add((subject.Id, shared with
            {
                Role = subject.Role,
                IsReverse = subject.IsReverse,
                NameTag = subject.Name.Length == 0 ? 0 : nameTag(subject.Name),
            }));
        }
    }

    // Fairness: a related person counts only by a basis that the publisher cites, and only when the role was held at the
    // conduct; where the days are not known the publisher must have found the person responsible.
    private static bool Counts(RelatedPerson person, Listing listing)
    {
        if (person.Basis.Length == 0)
        {
            return false;
        }

        var text = listing.ConductOn.Length > 0 ? listing.ConductOn : listing.Document?.DecidedOn ?? "";
        if (!LegalDay.TryParse(text, out var conduct))
        {
            return false;
        }

        var begun = LegalDay.TryParse(person.HeldFrom, out var from);
        if (begun && conduct < from)
        {
            return false;
        }

        if (LegalDay.TryParse(person.HeldUntil, out var until) && until <= conduct)
        {
            return false;
        }

        return begun || person.ResponsibleAtConduct;
    }

    private static MeasureFact[] Measures(Listing listing)
    {
        var count = listing.AppliedMeasures.Count;
        if (count == 0)
        {
            return NoMeasures;
        }

        var measures = new MeasureFact[count];
        for (var i = 0; i < count; i++)
        {
            var applied = listing.AppliedMeasures[i];
            measures[i] = new MeasureFact(
                CodePool.Share(applied.Code), ListingTimes.MeasureFrom(listing, applied), ListingTimes.MeasureUntil(listing, applied));
        }

        return measures;
    }
}
