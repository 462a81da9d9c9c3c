using CreditExchange.V1;

namespace CreditExchange.Domain.Errors;

/// <summary>
/// A rule refuses what was asked. Carries the stable reason, the field and the facts of its text; never a name or a
/// number that identifies a person.
/// </summary>
public sealed class RuleViolation : Exception
{
    /// <summary>A violation of one rule.</summary>
    /// <param name="reason">The stable reason; its code and texts stand in error_reason.proto.</param>
    /// <param name="field">Path of the request's field, for example "listing.subject.number"; empty where no field is at fault.</param>
    /// <param name="facts">The words in braces of the reason's text; "field" is added by itself.</param>
    public RuleViolation(ErrorReason reason, string field = "", params ReadOnlySpan<(string Name, string Value)> facts)
        : base(reason.ToString())
    {
        Reason = reason;
        Field = field;
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (field.Length > 0)
        {
            map["field"] = field;
        }

        foreach (var (name, value) in facts)
        {
            map[name] = value;
        }

        Facts = map;
    }

    /// <summary>The stable reason.</summary>
    public ErrorReason Reason { get; }

    /// <summary>Path of the field at fault; empty where none is.</summary>
    public string Field { get; }

    /// <summary>How long to wait before the same can succeed; null: as the reason says.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The facts by name.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; }
}
