using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Lookup;

/// <summary>Files listings and links under the keys of their subjects.</summary>
public static class SubjectEntries
{
    /// <summary>Everybody a listing can count for.</summary>
    public static SubjectEntry[] Of(Listing whole, HubKeys keys, CatalogueIndex catalogue)
    {
        var subjects = new List<ListedSubject>(1 + whole.OtherIds.Count + whole.RelatedPersons.Count);
        ListingFacts.Subjects(whole, subjects);
        var entries = new SubjectEntry[subjects.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            var s = subjects[i];
            entries[i] = new SubjectEntry(
                keys.Subject.Compute(s.Id),
                RoleNumbers.Of(catalogue, s.Role, s.IsReverse),
                s.Name.Length == 0 ? 0 : NameTags.Compute(keys.Request, s.Name));
        }

        return entries;
    }

    /// <summary>The two ids of a link.</summary>
    public static SubjectEntry[] Of(SubjectLink link, HubKeys keys) =>
    [
        new SubjectEntry(keys.Subject.Compute(link.From), LookupFeed.LinkFrom, 0),
        new SubjectEntry(keys.Subject.Compute(link.To), LookupFeed.LinkTo, 0),
    ];
}
