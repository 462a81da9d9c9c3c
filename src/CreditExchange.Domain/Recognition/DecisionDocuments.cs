using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Recognition;

/// <summary>Judges the document that a decision about an agreement or a recognised listing rests on.</summary>
public static class DecisionDocuments
{
    /// <summary>Checks it.</summary>
    /// <param name="document">The document.</param>
    /// <param name="field">Path of its field.</param>
    /// <param name="today">The legal day; it isn't dated after it.</param>
    /// <param name="required">Whether number, authority and day must be there.</param>
    /// <exception cref="RuleViolation">REQUIRED, TOO_LONG, TEXT_INVALID, DATE_INVALID or DATE_IMPOSSIBLE.</exception>
    public static void Check(DecisionDocument? document, string field, DateOnly today, bool required)
    {
        if (document is null)
        {
            throw new RuleViolation(ErrorReason.Required, field);
        }

        TextRules.Check(document.Number, field + ".number", 200, required);
        TextRules.Check(document.Authority, field + ".authority", 200, required);
        if (document.DecidedOn.Length == 0 && !required)
        {
            return;
        }

        if (LegalDay.Parse(document.DecidedOn, field + ".decided_on") > today)
        {
            throw new RuleViolation(ErrorReason.DateImpossible, field + ".decided_on", ("cause", "after today"));
        }
    }
}
