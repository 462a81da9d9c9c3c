using CreditExchange.V1;
using Google.Protobuf.Collections;

namespace CreditExchange.Domain.Listings;

/// <summary>
/// What a publisher may say of a listing, and nothing else: output-only and unknown fields are left out, and spaces around
/// texts removed. Written out field by field because it runs for every row of an import, where reflection took a third of
/// the time; a test walks the descriptors, so that a new field can't be forgotten.
/// </summary>
public static class ListingInput
{
    /// <summary>A copy that its caller owns; texts are shared with the original, messages are not.</summary>
    public static Listing Copy(Listing from)
    {
        var to = new Listing
        {
            SourceRef = Trim(from.SourceRef),
            ListCode = Trim(from.ListCode),
            Subject = Copy(from.Subject),
            SubjectName = Trim(from.SubjectName),
            Reason = Trim(from.Reason),
            Document = Copy(from.Document),
            EffectiveFrom = from.EffectiveFrom?.Clone(),
            EffectiveUntil = from.EffectiveUntil?.Clone(),
            LegalBasis = Trim(from.LegalBasis),
            ConductOn = Trim(from.ConductOn),
            Notice = Copy(from.Notice),
            RestoresListingId = Trim(from.RestoresListingId),
            Grade = Trim(from.Grade),
            PersonalPublicationBasis = Trim(from.PersonalPublicationBasis),
        };
        foreach (var person in from.RelatedPersons)
        {
            to.RelatedPersons.Add(Copy(person));
        }

        foreach (var other in from.OtherIds)
        {
            to.OtherIds.Add(Copy(other));
        }

        Copy(from.Measures, to.Measures);
        return to;
    }

    private static SubjectId? Copy(SubjectId? from) => from is null
        ? null
        : new SubjectId { Kind = from.Kind, Number = Trim(from.Number), Issuer = Trim(from.Issuer) };

    private static DecisionDocument? Copy(DecisionDocument? from) => from is null
        ? null
        : new DecisionDocument { Number = Trim(from.Number), Authority = Trim(from.Authority), DecidedOn = Trim(from.DecidedOn) };

    private static Notice? Copy(Notice? from) => from is null
        ? null
        : new Notice
        {
            ServedOn = Trim(from.ServedOn),
            Manner = Trim(from.Manner),
            Remedies = Trim(from.Remedies),
            RepairNoticeServed = from.RepairNoticeServed,
        };

    private static RelatedPerson Copy(RelatedPerson from) => new()
    {
        Subject = Copy(from.Subject),
        Name = Trim(from.Name),
        Role = Trim(from.Role),
        HeldFrom = Trim(from.HeldFrom),
        HeldUntil = Trim(from.HeldUntil),
        ResponsibleAtConduct = from.ResponsibleAtConduct,
        Basis = Trim(from.Basis),
    };

    private static void Copy(RepeatedField<string> from, RepeatedField<string> to)
    {
        foreach (var text in from)
        {
            to.Add(Trim(text));
        }
    }

    private static string Trim(string text) => text.Trim(' ', '\u3000');
}
