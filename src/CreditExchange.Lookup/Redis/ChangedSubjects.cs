using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Lookup.Redis;

/// <summary>Which subjects' own facts an event changed: those that its listing counts for after it, and before it.</summary>
public sealed class ChangedSubjects(ILedger ledger)
{
    /// <summary>Adds the keys, under each version of the subject key that lives; an erasure changes no fact that counts.</summary>
    public void Collect(StoredEvent stored, ICollection<SubjectKey> into)
    {
        if (!IsListing(stored.Kind))
        {
            return;
        }

        var versions = ledger.Keys.Subjects;
        if (stored.Subjects is { } entries && SubjectEntries.AreFiled(entries, versions))
        {
            foreach (var entry in entries)
            {
                into.Add(entry.Key);
            }
        }
        else
        {
            Collect(stored, versions, into);
        }

        // Only an amendment takes somebody away: another id, or a related person.
        if (stored.Kind == EventKind.Amended && ledger.At(stored.Entity, stored.Position - 1) is { } before)
        {
            Collect(before, versions, into);
        }
    }

    private void Collect(StoredEvent stored, SubjectKeySet versions, ICollection<SubjectKey> into)
    {
        if (stored.IsErased)
        {
            return;
        }

        var whole = ledger.Open(stored);
        foreach (var version in versions.Live)
        {
            foreach (var key in SubjectEntries.Keys(whole, version))
            {
                into.Add(key);
            }
        }
    }

    private static bool IsListing(EventKind kind) => kind is EventKind.Published or EventKind.Amended or EventKind.Suspended
        or EventKind.Reinstated or EventKind.Ended or EventKind.Repaired or EventKind.Withdrawn or EventKind.Activated or EventKind.Expired;
}
