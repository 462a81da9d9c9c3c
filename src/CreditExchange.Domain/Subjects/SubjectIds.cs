using System.Diagnostics.CodeAnalysis;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>
/// The door for every identity number: brings it to its one form and judges it by the rules of its kind. Only what
/// comes out of here is encoded, keyed or stored.
/// </summary>
public static class SubjectIds
{
    /// <summary>The longest number that is looked at, in UTF-16 units, before normalisation.</summary>
    public const int NumberLength = 64;

    /// <summary>Normalises and judges an id without throwing.</summary>
    /// <param name="id">The id as sent; it is not changed.</param>
    /// <param name="field">Path of the id in the request, for example "listing.subject".</param>
    /// <param name="today">The day in Asia/Shanghai, which no birth date may be after.</param>
    /// <param name="normalised">The id in its one form: the same instance when it already was.</param>
    /// <param name="violation">The first rule that fails.</param>
    /// <returns>Whether the id is good.</returns>
    public static bool TryNormalise(
        SubjectId? id,
        string field,
        DateOnly today,
        [NotNullWhen(true)] out SubjectId? normalised,
        [NotNullWhen(false)] out RuleViolation? violation)
    {
        normalised = null;
        if (id is null)
        {
            violation = new RuleViolation(ErrorReason.Required, field);
            return false;
        }

        if (id.Kind is <= IdKind.Unspecified or > IdKind.ForeignOrganisation)
        {
            violation = new RuleViolation(ErrorReason.SubjectKind, field + ".kind", ("kind", IdForms.Wire(id.Kind)));
            return false;
        }

        if (id.Number.Length > NumberLength)
        {
            violation = TextRules.TooLong(id.Number.Length, NumberLength, field + ".number");
            return false;
        }

        Span<char> buffer = stackalloc char[NumberLength];
        var number = id.Kind == IdKind.ForeignOrganisation
            ? NumberForm.Trim(id.Number, buffer)
            : NumberForm.Compact(id.Number, buffer);
        var issuer = NumberForm.Issuer(id.Issuer, id.Kind);
        violation = Judge(id.Kind, number, issuer, field, today);
        if (violation is not null)
        {
            return false;
        }

        normalised = number.SequenceEqual(id.Number) && issuer.Length == id.Issuer.Length && issuer == id.Issuer
            ? id
            : new SubjectId { Kind = id.Kind, Number = number.ToString(), Issuer = issuer };
        return true;
    }

    /// <summary>Normalises and judges an id.</summary>
    /// <exception cref="RuleViolation">The first rule that fails, at {field}.kind, {field}.number or {field}.issuer.</exception>
    public static SubjectId Normalise(SubjectId? id, string field, DateOnly today) =>
        TryNormalise(id, field, today, out var normalised, out var violation) ? normalised : throw violation;

    /// <summary>Whether the kind names a natural person; an unknown kind is taken for one, the stricter case.</summary>
    public static bool IsNaturalPerson(IdKind kind) =>
        kind is not (IdKind.Uscc or IdKind.LegacyOrganisationCode or IdKind.ForeignOrganisation);

    /// <summary>
    /// Whether every number of the kind carries a check that the hub judges. False for a foreigner's residence card,
    /// because the form before 2023 has none.
    /// </summary>
    public static bool HasCheckDigit(IdKind kind) =>
        kind is IdKind.Uscc or IdKind.ResidentId or IdKind.HmtResidencePermit or IdKind.LegacyOrganisationCode;

    /// <summary>Whether this number carries a check that the hub judged: also a foreigner's card of the form of 2023.</summary>
    public static bool HasCheckDigit(SubjectId normalised) =>
        HasCheckDigit(normalised.Kind)
        || (normalised.Kind == IdKind.ForeignerResidence && ResidenceCards.IsLong(normalised.Number));

    /// <summary>The birth date in a normalised number, or null where the kind or the form carries none.</summary>
    public static DateOnly? BirthDate(SubjectId normalised)
    {
        var carries = normalised.Kind is IdKind.ResidentId or IdKind.HmtResidencePermit or IdKind.ForeignerResidence
            && ResidentId.HasShape(normalised.Number);
        return carries && ResidentId.TryBirthDate(normalised.Number, out var day) ? day : null;
    }

    /// <summary>
    /// A number for reports, "4601**********0010": four characters at each end, of a number below twelve two, below
    /// eight one at the start. Takes any input, normal or not.
    /// </summary>
    public static string Masked(SubjectId id)
    {
        var number = id.Number.Length > NumberLength ? id.Number[..NumberLength] : id.Number;
        var (start, end) = number.Length switch
        {
            >= 12 => (4, 4),
            >= 8 => (2, 2),
            >= 2 => (1, 0),
            _ => (0, 0),
        };
        return string.Create(number.Length, (number, start, end), static (span, state) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                var c = state.number[i];
                var shown = i < state.start || i >= span.Length - state.end;
                span[i] = !shown ? '*' : char.IsAsciiLetterOrDigit(c) ? c : '?';
            }
        });
    }

    private static RuleViolation? Judge(IdKind kind, ReadOnlySpan<char> number, string issuer, string field, DateOnly today)
    {
        if (number.IsEmpty)
        {
            return new RuleViolation(ErrorReason.Required, field + ".number");
        }

        if (MaskedNumbers.IsMasked(number, kind))
        {
            return new RuleViolation(ErrorReason.MaskedNumber, field + ".number");
        }

        var violation = kind switch
        {
            IdKind.Uscc => UnifiedSocialCreditCode.Check(number, field),
            IdKind.ResidentId => ResidentId.Check(number, field, today),
            IdKind.Passport => Passport.Check(number, issuer, field),
            IdKind.HkMacaoPermit => TravelPermits.CheckHkMacao(number, field),
            IdKind.TaiwanPermit => TravelPermits.CheckTaiwan(number, field),
            IdKind.ForeignerResidence => ResidenceCards.CheckForeigner(number, field, today),
            IdKind.HmtResidencePermit => ResidenceCards.CheckHmt(number, field, today),
            IdKind.LegacyOrganisationCode => LegacyOrganisationCode.Check(number, field),
            _ => ForeignOrganisation.Check(number, issuer, field),
        };
        if (violation is not null)
        {
            return MaskedNumbers.IsLikelyMasked(number, kind)
                ? new RuleViolation(ErrorReason.MaskedNumber, field + ".number")
                : violation;
        }

        return issuer.Length > 0 && kind is not (IdKind.Passport or IdKind.ForeignOrganisation) ? IdForms.Issuer(kind, field) : null;
    }
}
