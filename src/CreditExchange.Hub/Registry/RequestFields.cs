using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Registry;

/// <summary>The fields that every write has.</summary>
public static class RequestFields
{
    private const int LongestId = 64;
    private const int LongestReason = 1_000;

    /// <summary>A request id: 1 to 64 characters.</summary>
    /// <exception cref="RuleViolation">REQUIRED, TOO_LONG or TEXT_INVALID.</exception>
    public static void CheckRequestId(string requestId) => TextRules.Check(requestId, "request_id", LongestId, required: true);

    /// <summary>A request id that may be left out: to 64 characters.</summary>
    /// <exception cref="RuleViolation">TOO_LONG or TEXT_INVALID.</exception>
    public static void CheckOptionalId(string id, string field) => TextRules.Check(id, field, LongestId, required: false);

    /// <summary>Why a change is made: 1 to 1,000 characters.</summary>
    /// <exception cref="RuleViolation">REQUIRED, TOO_LONG or TEXT_INVALID.</exception>
    public static void CheckReason(string reason) => TextRules.Check(reason, "reason", LongestReason, required: true);

    /// <summary>A text that the ledger keeps for ever: it must not hold an identity number.</summary>
    /// <exception cref="RuleViolation">NUMBER_IN_TEXT.</exception>
    public static void RefuseNumber(string text, string field)
    {
        if (HeldNumbers.Contains(text))
        {
            throw new RuleViolation(ErrorReason.NumberInText, field);
        }
    }

    /// <summary>A caller's text as a fact of an error: short, and hidden where an identity number got into the wrong field.</summary>
    public static string Quote(string text) => HeldNumbers.Contains(text) ? "***" : Shorten(text);

    /// <summary>A caller's text, cut.</summary>
    public static string Shorten(string text) => text.Length <= LongestId ? text : text[..LongestId];
}
