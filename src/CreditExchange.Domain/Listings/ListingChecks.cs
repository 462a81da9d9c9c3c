using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Listings;

/// <summary>
/// Judges a listing's content by the rules of the decision day, and normalises ids in place. What is stored is what was
/// judged.
/// </summary>
internal static class ListingChecks
{
    private const int MaxRelatedPersons = 50;
    private const int MaxOtherIds = 10;
    private const int MaxYearsAhead = 200;

    /// <summary>Checks everything but the term, which needs effective_from filled in; gives the kind of list.</summary>
    public static ListKind Check(Listing listing, ListingContext c)
    {
        TextRules.Check(listing.SourceRef, "listing.source_ref", 128, required: true);
        TextRules.Check(listing.ListCode, "listing.list_code", 128, required: true);
        if (!c.Catalogue.KnowsList(listing.ListCode))
        {
            throw new RuleViolation(ErrorReason.ListUnknown, "listing.list_code", ("list_code", listing.ListCode));
        }

        CheckSubject(listing, c.Today);
        TextRules.Check(listing.SubjectName, "listing.subject_name", 200, required: true);
        TextRules.Check(listing.Reason, "listing.reason", 4000, required: true);
        TextRules.Check(listing.LegalBasis, "listing.legal_basis", 500, required: false);
        TextRules.Check(listing.PersonalPublicationBasis, "listing.personal_publication_basis", 500, required: false);
        TextRules.Check(listing.RestoresListingId, "listing.restores_listing_id", 128, required: false);
        TextRules.Check(listing.Grade, "listing.grade", 64, required: false);
        var decided = CheckDocument(listing.Document, c.Today);
        var kind = Kind(listing.ListCode, decided, c.Catalogue);
        CheckSubjectKind(listing, kind);
        CheckConduct(listing, kind, decided, c.Today);
        CheckNotice(listing, kind, decided, c.Today);
        CheckPublicationBasis(listing, kind);
        CheckGrade(listing, kind);
        CheckMeasures(listing, kind, decided, c.Catalogue);
        CheckRelatedPersons(listing, c);
        CheckInstant(listing.EffectiveFrom, "listing.effective_from", c.Now);
        CheckInstant(listing.EffectiveUntil, "listing.effective_until", c.Now);
        return kind;
    }

    /// <summary>The kind by the rules of a decision day, whose legal basis must be in force on it.</summary>
    /// <exception cref="RuleViolation">LIST_UNKNOWN, or NO_LEGAL_BASIS when the list exists, but not on that day.</exception>
    public static ListKind Kind(string listCode, DateOnly decided, CatalogueIndex catalogue)
    {
        if (!catalogue.KnowsList(listCode))
        {
            throw new RuleViolation(ErrorReason.ListUnknown, "listing.list_code", ("list_code", listCode));
        }

        var kind = catalogue.ListKind(listCode, decided);
        if (kind?.Basis is { } basis && LegalDay.Covers(basis.ValidFrom, basis.ValidUntil, decided))
        {
            return kind;
        }

        throw new RuleViolation(
            ErrorReason.NoLegalBasis,
            "listing.document.decided_on",
            ("list_code", listCode),
            ("decided_on", LegalDay.Format(decided)));
    }

    /// <summary>A document's texts and day.</summary>
    public static DateOnly CheckDocument(DecisionDocument? document, DateOnly today, string field = "listing.document")
    {
        if (document is null)
        {
            throw new RuleViolation(ErrorReason.Required, field);
        }

        TextRules.Check(document.Number, field + ".number", 200, required: true);
        TextRules.Check(document.Authority, field + ".authority", 200, required: true);
        return CheckDay(document.DecidedOn, field + ".decided_on", today, required: true)!.Value;
    }

    /// <summary>A day from 1949-10-01 to today; null when it is absent and may be.</summary>
    public static DateOnly? CheckDay(string text, string field, DateOnly today, bool required)
    {
        if (text.Length == 0)
        {
            return required ? throw new RuleViolation(ErrorReason.Required, field) : null;
        }

        var day = LegalDay.Parse(text, field);
        if (day < LegalDay.First)
        {
            throw Impossible(field, "before 1949-10-01");
        }

        return day > today ? throw Impossible(field, "after today") : day;
    }

    /// <summary>DATE_IMPOSSIBLE with its cause.</summary>
    public static RuleViolation Impossible(string field, string cause) =>
        new(ErrorReason.DateImpossible, field, ("cause", cause));

    private static void CheckSubject(Listing listing, DateOnly today)
    {
        if (listing.Subject is null)
        {
            throw new RuleViolation(ErrorReason.Required, "listing.subject");
        }

        listing.Subject = SubjectIds.Normalise(listing.Subject, "listing.subject", today);
        if (listing.OtherIds.Count > MaxOtherIds)
        {
            throw TextRules.TooLong(listing.OtherIds.Count, MaxOtherIds, "listing.other_ids");
        }

        for (var i = 0; i < listing.OtherIds.Count; i++)
        {
            var field = $"listing.other_ids[{i}]";
            listing.OtherIds[i] = SubjectIds.Normalise(listing.OtherIds[i], field, today);

            // Further documents of the same subject: a person has no organisation's code.
            if (SubjectIds.IsNaturalPerson(listing.OtherIds[i].Kind) != SubjectIds.IsNaturalPerson(listing.Subject.Kind))
            {
                throw new RuleViolation(ErrorReason.SubjectKind, field, ("kind", WireNames.Of(listing.OtherIds[i].Kind)));
            }
        }
    }

    private static void CheckSubjectKind(Listing listing, ListKind kind)
    {
        if (!kind.SubjectKinds.Contains(listing.Subject.Kind))
        {
            throw new RuleViolation(ErrorReason.SubjectKind, "listing.subject", ("kind", WireNames.Of(listing.Subject.Kind)));
        }
    }

    private static void CheckConduct(Listing listing, ListKind kind, DateOnly decided, DateOnly today)
    {
        var conduct = CheckDay(listing.ConductOn, "listing.conduct_on", today, kind.Required?.ConductOn ?? false);
        if (conduct > decided)
        {
            throw Impossible("listing.conduct_on", "after the decision");
        }

        // Full years are reached on the day after the birthday (Civil Code, article 201: the first day is not counted).
        if (kind.MinimumAge > 0
            && SubjectIds.BirthDate(listing.Subject) is { } birth
            && (conduct ?? decided) <= birth.AddYears((int)kind.MinimumAge))
        {
            throw new RuleViolation(
                ErrorReason.SubjectUnderAge,
                "listing.conduct_on",
                ("minimum_age", kind.MinimumAge.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                ("list_code", kind.Code));
        }
    }

    private static void CheckNotice(Listing listing, ListKind kind, DateOnly decided, DateOnly today)
    {
        var notice = listing.Notice;
        if (kind.Required?.Notice ?? false)
        {
            RequireNotice(notice?.ServedOn, "listing.notice.served_on", kind);
            RequireNotice(notice?.Manner, "listing.notice.manner", kind);
            RequireNotice(notice?.Remedies, "listing.notice.remedies", kind);
        }

        if (notice is null)
        {
            return;
        }

        TextRules.Check(notice.Manner, "listing.notice.manner", 200, required: false);
        TextRules.Check(notice.Remedies, "listing.notice.remedies", 1000, required: false);
        if (CheckDay(notice.ServedOn, "listing.notice.served_on", today, required: false) < decided)
        {
            throw Impossible("listing.notice.served_on", "before the decision");
        }
    }

    private static void RequireNotice(string? text, string field, ListKind kind)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new RuleViolation(ErrorReason.NoticeRequired, field, ("list_code", kind.Code));
        }
    }

    private static void CheckPublicationBasis(Listing listing, ListKind kind)
    {
        if ((kind.Required?.PersonalPublicationBasis ?? false)
            && listing.PersonalPublicationBasis.Length == 0
            && SubjectIds.IsNaturalPerson(listing.Subject.Kind))
        {
            throw new RuleViolation(ErrorReason.Required, "listing.personal_publication_basis");
        }
    }

    private static void CheckGrade(Listing listing, ListKind kind)
    {
        if (listing.Grade.Length == 0)
        {
            listing.Grade = kind.DefaultGrade;
            return;
        }

        foreach (var grade in kind.Grades)
        {
            if (grade.Code == listing.Grade)
            {
                return;
            }
        }

        throw new RuleViolation(
            ErrorReason.GradeUnknown, "listing.grade", ("list_code", kind.Code), ("grade", listing.Grade));
    }

    private static void CheckMeasures(Listing listing, ListKind kind, DateOnly decided, CatalogueIndex catalogue)
    {
        if (listing.Measures.Count == 0)
        {
            listing.Measures.Add(kind.DefaultMeasures);
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < listing.Measures.Count; i++)
        {
            var code = listing.Measures[i];
            var field = $"listing.measures[{i}]";
            TextRules.Check(code, field, 128, required: true);
            if (!kind.DefaultMeasures.Contains(code))
            {
                throw catalogue.Measure(code, decided) is null
                    ? new RuleViolation(ErrorReason.MeasureUnknown, field, ("measure", code))
                    : new RuleViolation(ErrorReason.MeasureNotAllowed, field, ("measure", code), ("list_code", kind.Code));
            }

            seen.Add(code);
        }

        if (seen.Count != listing.Measures.Count)
        {
            string[] distinct = [.. listing.Measures.Distinct(StringComparer.Ordinal)];
            listing.Measures.Clear();
            listing.Measures.Add(distinct);
        }
    }

    private static void CheckRelatedPersons(Listing listing, ListingContext c)
    {
        if (listing.RelatedPersons.Count > MaxRelatedPersons)
        {
            throw TextRules.TooLong(listing.RelatedPersons.Count, MaxRelatedPersons, "listing.related_persons");
        }

        for (var i = 0; i < listing.RelatedPersons.Count; i++)
        {
            var person = listing.RelatedPersons[i];
            var field = $"listing.related_persons[{i}]";
            if (person.Subject is not null)
            {
                person.Subject = SubjectIds.Normalise(person.Subject, field + ".subject", c.Today);
            }

            // Without an id only the name says who is meant.
            TextRules.Check(person.Name, field + ".name", 200, required: person.Subject is null);
            TextRules.Check(person.Role, field + ".role", 64, required: true);
            TextRules.Check(person.Basis, field + ".basis", 500, required: false);
            if (!c.Catalogue.KnowsRole(person.Role))
            {
                throw new RuleViolation(ErrorReason.RoleUnknown, field + ".role", ("role", person.Role));
            }

            var from = CheckDay(person.HeldFrom, field + ".held_from", c.Today, required: false);
            if (CheckDay(person.HeldUntil, field + ".held_until", c.Today, required: false) < from)
            {
                throw Impossible(field + ".held_until", "before held_from");
            }
        }
    }

    // Bounds keep every later sum of instants and months within the calendar.
    private static void CheckInstant(Timestamp? timestamp, string field, DateTimeOffset now)
    {
        if (timestamp is null)
        {
            return;
        }

        if (!Instants.TryTicks(timestamp, out var ticks))
        {
            throw Impossible(field, "not an instant of the years 1 to 9999");
        }

        if (ticks < LegalDay.Start(LegalDay.First).UtcTicks)
        {
            throw Impossible(field, "before 1949-10-01");
        }

        if (ticks > now.AddYears(MaxYearsAhead).UtcTicks)
        {
            throw Impossible(field, "more than 200 years ahead");
        }
    }
}
