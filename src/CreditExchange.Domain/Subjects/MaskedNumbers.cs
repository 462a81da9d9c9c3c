using System.Buffers;
using CreditExchange.V1;

namespace CreditExchange.Domain.Subjects;

/// <summary>Tells a number that was masked for display from one that was mistyped; a check of it would mean nothing.</summary>
internal static class MaskedNumbers
{
    // Full-width asterisks and number signs are ASCII by the time they are looked at.
    private static readonly SearchValues<char> Marks = SearchValues.Create("*#×✕✖●•○◯■□█…⋯∗");
    private static readonly SearchValues<char> RegisterMarks = SearchValues.Create("*×✕✖●•○◯■□█…⋯∗");

    /// <summary>Whether a folded number holds a mark, an ellipsis, or a run of X that its kind never has.</summary>
    public static bool IsMasked(ReadOnlySpan<char> number, IdKind kind)
    {
        var marks = kind == IdKind.ForeignOrganisation ? RegisterMarks : Marks;
        if (number.ContainsAny(marks) || number.Contains("...", StringComparison.Ordinal))
        {
            return true;
        }

        return kind switch
        {
            IdKind.Uscc or IdKind.LegacyOrganisationCode => false,
            IdKind.Passport or IdKind.ForeignOrganisation => number.Contains("XXXX", StringComparison.Ordinal),
            _ => number.Contains("XX", StringComparison.Ordinal),
        };
    }

    /// <summary>
    /// Whether a number that broke a rule was probably masked with X. X is a letter of organisation codes, so a code
    /// that holds a run of them and passes its checks is a code.
    /// </summary>
    public static bool IsLikelyMasked(ReadOnlySpan<char> number, IdKind kind) =>
        (kind is IdKind.Uscc or IdKind.LegacyOrganisationCode) && number.Contains("XXX", StringComparison.Ordinal);
}
