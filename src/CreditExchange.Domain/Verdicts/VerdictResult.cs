using CreditExchange.Domain.Recognition;
using CreditExchange.V1;

namespace CreditExchange.Domain.Verdicts;

/// <summary>What to do, ready to be sent in either language.</summary>
/// <param name="Code">ORDINARY_PROCEDURE, REFUSE, EXTRA_CHECK, CONFIRM_IDENTITY, ... as in the contract.</param>
/// <param name="Measure">Catalogue code of the measure; may be empty.</param>
/// <param name="Basis">Document and article.</param>
/// <param name="Zh">For the person at the screen, in Chinese.</param>
/// <param name="En">The same in English.</param>
/// <param name="Recognised">Where it comes from when it follows from a recognised listing; else null.</param>
public sealed record VerdictConsequence(
    string Code, string Measure, string Basis, string Zh, string En, RecognitionNote? Recognised = null);

/// <summary>What the facts of one subject mean in one matter. Immutable.</summary>
public sealed class VerdictResult
{
    /// <summary>Nothing speaks against it: one shared object, so that a clean subject costs nothing.</summary>
    public static readonly VerdictResult Clear = new(Verdict.Clear, [], [], [], []);

    internal VerdictResult(
        Verdict verdict, int[] matches, RecognitionNote?[] notes, string[] measures, VerdictConsequence[] consequences)
    {
        Verdict = verdict;
        Matches = matches;
        Notes = notes;
        IsRecognised = Array.Exists(notes, n => n is not null) || Array.Exists(consequences, c => c.Recognised is not null);
        Measures = measures;
        Consequences = consequences;
    }

    /// <summary>CLEAR, CAUTION, RESTRICTED or FAVOURED.</summary>
    public Verdict Verdict { get; }

    /// <summary>
    /// Indices of the facts that took part, the gravest conclusion first; empty where the identity must be confirmed first.
    /// </summary>
    public IReadOnlyList<int> Matches { get; }

    /// <summary>Of each match how it was recognised; null for a listing of this side.</summary>
    public IReadOnlyList<RecognitionNote?> Notes { get; }

    /// <summary>Whether anything in it follows from a recognised listing.</summary>
    public bool IsRecognised { get; }

    /// <summary>Codes of the measures that are on for this matter, each once.</summary>
    public IReadOnlyList<string> Measures { get; }

    /// <summary>What to do, the gravest first, each once.</summary>
    public IReadOnlyList<VerdictConsequence> Consequences { get; }
}
