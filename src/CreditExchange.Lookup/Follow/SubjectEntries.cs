using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Lookup;

/// <summary>Files listings and links under the keys of their subjects.</summary>
public static class SubjectEntries
{
    /// <summary>Everybody a listing can count for, under each version of the subject key that is needed now.</summary>
    public static SubjectEntry[] Of(Listing whole, HubKeys keys, CatalogueIndex catalogue)
    {
        if (whole.Subject is null && whole.SubjectToken is { } token)
        {
            // A recognised listing about a person: nobody here knows whom.
            return [new SubjectEntry(SubjectKey.OfToken(token.Value.Span), RoleNumbers.Subject, 0)];
        }

        var subjects = new List<ListedSubject>(1 + whole.OtherIds.Count + whole.RelatedPersons.Count);
        ListingFacts.Subjects(whole, subjects);
        var versions = keys.Subjects.Required;
        var entries = new SubjectEntry[subjects.Count * versions.Count];
        for (var i = 0; i < subjects.Count; i++)
        {
            var s = subjects[i];
            var role = RoleNumbers.Of(catalogue, s.Role, s.IsReverse);
            var name = s.Name.Length == 0 ? 0 : NameTags.Compute(keys.Request, s.Name);
            for (var v = 0; v < versions.Count; v++)
            {
                entries[(v * subjects.Count) + i] = new SubjectEntry(versions[v].Compute(s.Id), role, name);
            }
        }

        return entries;
    }

    /// <summary>The two ids of a link, under each version of the subject key that is needed now.</summary>
    public static SubjectEntry[] Of(SubjectLink link, HubKeys keys)
    {
        var versions = keys.Subjects.Required;
        var entries = new SubjectEntry[2 * versions.Count];
        for (var v = 0; v < versions.Count; v++)
        {
            entries[2 * v] = new SubjectEntry(versions[v].Compute(link.From), LookupFeed.LinkFrom, 0);
            entries[(2 * v) + 1] = new SubjectEntry(versions[v].Compute(link.To), LookupFeed.LinkTo, 0);
        }

        return entries;
    }

    /// <summary>Keys of one version, in the order of the entries that <see cref="Of(Listing, HubKeys, CatalogueIndex)"/> makes; none
    /// for what is filed under nobody.</summary>
    public static SubjectKey[] Keys(LedgerEvent whole, SubjectKeyer version)
    {
        if (whole.SubjectLink is { From: not null, To: not null } link)
        {
            return [version.Compute(link.From), version.Compute(link.To)];
        }

        if (whole.Listing?.Subject is null)
        {
            return whole.Listing?.SubjectToken is { } token ? [SubjectKey.OfToken(token.Value.Span)] : [];
        }

        var subjects = new List<ListedSubject>();
        ListingFacts.Subjects(whole.Listing, subjects);
        return [.. subjects.Select(s => version.Compute(s.Id))];
    }

    /// <summary>Whether entries hold each version that is needed now, and no other.</summary>
    public static bool AreFiled(IReadOnlyList<SubjectEntry> entries, SubjectKeySet versions)
    {
        // What is filed under a token stays as it is, whatever the hub's own key.
        if (entries.Count == 0 || entries[0].Key.IsOfToken)
        {
            return true;
        }

        foreach (var version in versions.Required)
        {
            if (!Holds(entries, version.Version))
            {
                return false;
            }
        }

        foreach (var entry in entries)
        {
            if (!IsRequired(versions, entry.Key.Version))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The entries of one entity under the versions that are needed now; roles and names are kept.</summary>
    /// <param name="entries">As they are.</param>
    /// <param name="versions">The versions.</param>
    /// <param name="keys">Makes an entity's keys of one version.</param>
    public static SubjectEntry[] Refile(
        IReadOnlyList<SubjectEntry> entries, SubjectKeySet versions, Func<SubjectKeyer, SubjectKey[]> keys)
    {
        var one = OfVersion(entries, entries[0].Key.Version);
        var all = new List<SubjectEntry>(one.Count * versions.Required.Count);
        foreach (var version in versions.Required)
        {
            var kept = OfVersion(entries, version.Version);
            if (kept.Count == one.Count)
            {
                all.AddRange(kept);
                continue;
            }

            var made = keys(version);
            if (made.Length != one.Count)
            {
                throw new InvalidOperationException($"An entity with {one.Count} subjects has {made.Length} in its content.");
            }

            for (var i = 0; i < made.Length; i++)
            {
                all.Add(one[i] with { Key = made[i] });
            }
        }

        return [.. all];
    }

    private static bool Holds(IReadOnlyList<SubjectEntry> entries, byte version)
    {
        foreach (var entry in entries)
        {
            if (entry.Key.Version == version)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsRequired(SubjectKeySet versions, byte version)
    {
        foreach (var required in versions.Required)
        {
            if (required.Version == version)
            {
                return true;
            }
        }

        return false;
    }

    private static List<SubjectEntry> OfVersion(IReadOnlyList<SubjectEntry> entries, byte version)
    {
        List<SubjectEntry> found = [];
        foreach (var entry in entries)
        {
            if (entry.Key.Version == version)
            {
                found.Add(entry);
            }
        }

        return found;
    }
}
