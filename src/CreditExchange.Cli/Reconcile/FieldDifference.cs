using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;
using Google.Protobuf.Collections;

namespace CreditExchange.Cli.Reconcile;

/// <summary>Which fields of a listing at the hub are not as the file states them.</summary>
internal static class FieldDifference
{
    /// <summary>Every path that a full file can state, as an amendment's mask names it.</summary>
    public static readonly string[] AllPaths =
    [
        "subject_name", "reason", "document.number", "document.authority", "document.decided_on", "effective_from", "effective_until",
        "related_persons", "measures", "legal_basis", "conduct_on", "notice.served_on", "notice.manner", "notice.remedies",
        "notice.repair_notice_served", "other_ids", "grade", "personal_publication_basis",
    ];

    /// <summary>
    /// A row in the hub's form: texts trimmed, ids normalised where they can be. A bad id of another person stays as it is: it
    /// differs, and the hub says what is wrong with it.
    /// </summary>
    public static Listing Normalise(Listing row, DateOnly today)
    {
        var listing = ListingInput.Copy(row);
        listing.Subject = Normalise(listing.Subject, today);
        for (var i = 0; i < listing.OtherIds.Count; i++)
        {
            listing.OtherIds[i] = Normalise(listing.OtherIds[i], today);
        }

        foreach (var person in listing.RelatedPersons)
        {
            person.Subject = Normalise(person.Subject, today);
        }

        return listing;
    }

    /// <summary>The paths that differ.</summary>
    /// <param name="row">A row, normalised.</param>
    /// <param name="held">The listing at the hub.</param>
    /// <param name="stated">What the file can state; null: <see cref="AllPaths"/>.</param>
    public static List<string> Of(Listing row, Listing held, IReadOnlyList<string>? stated)
    {
        var differing = new List<string>();
        foreach (var path in stated ?? AllPaths)
        {
            if (Differs(path, row, held))
            {
                differing.Add(path);
            }
        }

        return differing;
    }

    // What the hub fills in by itself is compared only where the row states it.
    private static bool Differs(string path, Listing row, Listing held) => path switch
    {
        "subject_name" => row.SubjectName != held.SubjectName,
        "reason" => row.Reason != held.Reason,
        "document.number" => (row.Document?.Number ?? "") != (held.Document?.Number ?? ""),
        "document.authority" => (row.Document?.Authority ?? "") != (held.Document?.Authority ?? ""),
        "document.decided_on" => (row.Document?.DecidedOn ?? "") != (held.Document?.DecidedOn ?? ""),
        "conduct_on" => row.ConductOn != held.ConductOn,
        "notice.served_on" => (row.Notice?.ServedOn ?? "") != (held.Notice?.ServedOn ?? ""),
        "notice.manner" => (row.Notice?.Manner ?? "") != (held.Notice?.Manner ?? ""),
        "notice.remedies" => (row.Notice?.Remedies ?? "") != (held.Notice?.Remedies ?? ""),
        "notice.repair_notice_served" => (row.Notice?.RepairNoticeServed ?? false) != (held.Notice?.RepairNoticeServed ?? false),
        "effective_from" => row.EffectiveFrom is not null && Instants.From(row.EffectiveFrom) != Instants.From(held.EffectiveFrom),
        "effective_until" => row.EffectiveUntil is not null && Instants.Until(row.EffectiveUntil) != Instants.Until(held.EffectiveUntil),
        "measures" => row.Measures.Count > 0 && !Same(row.Measures, held.Measures),
        "legal_basis" => row.LegalBasis.Length > 0 && row.LegalBasis != held.LegalBasis,
        "grade" => row.Grade.Length > 0 && row.Grade != held.Grade,
        "personal_publication_basis" => row.PersonalPublicationBasis != held.PersonalPublicationBasis,
        "related_persons" => !row.RelatedPersons.Equals(held.RelatedPersons),
        "other_ids" => !row.OtherIds.Equals(held.OtherIds),
        _ => throw new ArgumentOutOfRangeException(nameof(path), path, "Not a path that a file states."),
    };

    // Measures are a set: their order means nothing, and the hub keeps each once.
    private static bool Same(RepeatedField<string> row, RepeatedField<string> held)
    {
        foreach (var code in row)
        {
            if (!held.Contains(code))
            {
                return false;
            }
        }

        foreach (var code in held)
        {
            if (!row.Contains(code))
            {
                return false;
            }
        }

        return true;
    }

    private static SubjectId? Normalise(SubjectId? id, DateOnly today) =>
        SubjectIds.TryNormalise(id, "listing.subject", today, out var normalised, out _) ? normalised : id;
}
