using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Listings;

/// <summary>Links between ids of one subject: which are possible, and which listings they carry over.</summary>
public static class SubjectLinks
{
    /// <summary>A link as it can be recorded: ids normalised, output-only fields empty.</summary>
    /// <param name="requested">As the agency sent it; field paths in errors begin with "link".</param>
    /// <param name="today">The legal day.</param>
    /// <exception cref="RuleViolation">
    /// LINK_INVALID for equal ids, a person with an organisation, or a relation that persons (or organisations) can't have;
    /// ENUM_INVALID for an unknown relation; what ids and texts break.
    /// </exception>
    public static SubjectLink Validate(SubjectLink requested, DateOnly today)
    {
        if (requested.Relation == SubjectRelation.Unspecified || !Enum.IsDefined(requested.Relation))
        {
            throw new RuleViolation(ErrorReason.EnumInvalid, "link.relation", ("value", requested.Relation.ToString()));
        }

        if (requested.From is null || requested.To is null)
        {
            throw new RuleViolation(ErrorReason.Required, requested.From is null ? "link.from" : "link.to");
        }

        var link = new SubjectLink
        {
            From = SubjectIds.Normalise(requested.From, "link.from", today),
            To = SubjectIds.Normalise(requested.To, "link.to", today),
            Relation = requested.Relation,
            Authority = requested.Authority.Trim(' ', '\u3000'),
            Document = requested.Document.Trim(' ', '\u3000'),
        };
        TextRules.Check(link.Authority, "link.authority", 200, required: true);
        TextRules.Check(link.Document, "link.document", 200, required: true);
        if (link.From.Equals(link.To))
        {
            throw Invalid("the two ids are equal");
        }

        var person = SubjectIds.IsNaturalPerson(link.From.Kind);
        if (person != SubjectIds.IsNaturalPerson(link.To.Kind))
        {
            throw Invalid("a person and an organisation");
        }

        if (person != IsOfPersons(link.Relation))
        {
            throw Invalid(person ? "not a relation between a person's documents" : "not a relation between organisations");
        }

        return link;
    }

    /// <summary>
    /// Which listings a link carries from one id to the other: SAME_PERSON, RENEWED and RECODED carry all, both ways; the
    /// other relations carry from the old id to the new one, and only where the list kind says so.
    /// </summary>
    /// <param name="relation">The link's relation.</param>
    /// <param name="forward">True: the listing names `from` and `to` is asked; false: the other way round.</param>
    public static LinkReach Reach(SubjectRelation relation, bool forward) => relation switch
    {
        SubjectRelation.SamePerson or SubjectRelation.Renewed or SubjectRelation.Recoded => LinkReach.All,
        SubjectRelation.Unspecified => LinkReach.None,
        _ => forward ? LinkReach.ByListKind : LinkReach.None,
    };

    /// <summary>Whether a link carries a listing of this kind from one id to the other.</summary>
    /// <param name="relation">The link's relation.</param>
    /// <param name="forward">True: the listing names `from` and `to` is asked; false: the other way round.</param>
    /// <param name="kind">The listing's kind.</param>
    public static bool Carries(SubjectRelation relation, bool forward, ListKind kind) => Reach(relation, forward) switch
    {
        LinkReach.All => true,
        LinkReach.ByListKind => kind.CarriedBy.Contains(relation),
        _ => false,
    };

    private static bool IsOfPersons(SubjectRelation relation) =>
        relation is SubjectRelation.SamePerson or SubjectRelation.Renewed;

    private static RuleViolation Invalid(string cause) => new(ErrorReason.LinkInvalid, "link", ("cause", cause));
}
