using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;
using CreditExchange.Domain.Errors;

namespace CreditExchange.Cli.Doctor;

/// <summary>What the hub would make of a row.</summary>
/// <param name="Outcome">accept, amend, unchanged, already_there, expired, end, without_ground, refuse or unjudged.</param>
/// <param name="Reason">The stable reason of a refusal.</param>
/// <param name="Field">The column or field at fault.</param>
/// <param name="Message">What is wrong and what to do, without a number or a name.</param>
internal sealed record Verdict(string Outcome, string Reason = "", string Field = "", string Message = "")
{
    public const string Accept = "accept";
    public const string Amend = "amend";
    public const string Unchanged = "unchanged";
    public const string AlreadyThere = "already_there";
    public const string Expired = "expired";
    public const string End = "end";
    public const string WithoutGround = "without_ground";
    public const string Refuse = "refuse";
    public const string Unjudged = "unjudged";

    /// <summary>A refusal by a rule.</summary>
    public static Verdict Of(RuleViolation violation, Language language) =>
        new(Refuse, ReasonText.Name(violation.Reason), violation.Field, ReasonText.Of(violation, language));
}
