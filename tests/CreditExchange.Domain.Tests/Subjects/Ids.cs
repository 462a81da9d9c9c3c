using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Tests.Subjects;

/// <summary>Shorthand of the identifier tests.</summary>
internal static class Ids
{
    public static readonly DateOnly Today = new(2026, 6, 1);

    public static SubjectId Of(IdKind kind, string number, string issuer = "") =>
        new() { Kind = kind, Number = number, Issuer = issuer };

    public static string Normal(IdKind kind, string number, string issuer = "") =>
        SubjectIds.Normalise(Of(kind, number, issuer), "s", Today).Number;

    public static RuleViolation Refusal(IdKind kind, string number, string issuer = "")
    {
        var good = SubjectIds.TryNormalise(Of(kind, number, issuer), "s", Today, out var normalised, out var violation);
        Assert.False(good, $"{kind} {number} was accepted");
        Assert.Null(normalised);
        return violation!;
    }

    public static void Refused(ErrorReason reason, IdKind kind, string number, string issuer = "") =>
        Assert.Equal(reason, Refusal(kind, number, issuer).Reason);
}
