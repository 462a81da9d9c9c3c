using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Effects;
using CreditExchange.V1;

namespace CreditExchange.Hub.Lookup;

/// <summary>The matters, compiled once per catalogue, agreements in force and day.</summary>
/// <param name="codes">Knows the shapes of the effects that are asked about.</param>
/// <param name="ages">Knows how old partners' data is.</param>
public sealed class MatterPolicies(EffectCodes codes, IPartnerAges ages)
{
    private readonly ConcurrentDictionary<string, AskableMatter> compiled = new(StringComparer.Ordinal);

    /// <summary>A matter by the rules of a catalogue and a day.</summary>
    /// <param name="code">Its code.</param>
    /// <param name="catalogue">The catalogue.</param>
    /// <param name="recognition">The agreements in force.</param>
    /// <param name="day">The legal day.</param>
    /// <exception cref="RuleViolation">MATTER_UNKNOWN.</exception>
    public AskableMatter Get(string code, CatalogueIndex catalogue, RecognitionTable recognition, DateOnly day)
    {
        if (compiled.TryGetValue(code, out var known) && known.IsOf(catalogue, recognition, day))
        {
            return known;
        }

        // Only codes of the catalogue are kept, so a caller can't fill the table.
        if (code.Length == 0)
        {
            throw new RuleViolation(ErrorReason.Required, "matter");
        }

        if (catalogue.Matter(code, day) is null)
        {
            throw new RuleViolation(ErrorReason.MatterUnknown, "matter", ("matter", Registry.RequestFields.Quote(code)));
        }

        return compiled[code] = new AskableMatter(catalogue, new MatterPolicy(catalogue, code, day, recognition, ages), codes);
    }
}

/// <summary>A matter, ready to be asked.</summary>
public sealed class AskableMatter
{
    private readonly Regex purpose;

    internal AskableMatter(CatalogueIndex catalogue, MatterPolicy policy, EffectCodes codes)
    {
        Catalogue = catalogue;
        Policy = policy;
        Verdicts = new VerdictTable(policy, codes);
        purpose = PurposePattern.Compile(policy.Matter.PurposePattern);
        MaxStaleness = policy.Matter.MaxStaleness?.ToTimeSpan() ?? TimeSpan.Zero;
        RelyFor = policy.Matter.RelyFor?.ToTimeSpan() ?? TimeSpan.Zero;
    }

    /// <summary>The catalogue it comes from.</summary>
    public CatalogueIndex Catalogue { get; }

    /// <summary>What its rules conclude.</summary>
    public MatterPolicy Policy { get; }

    /// <summary>The same, worked out for each shape of effect.</summary>
    public VerdictTable Verdicts { get; }

    /// <summary>Whether it was compiled for a catalogue, agreements and a day.</summary>
    public bool IsOf(CatalogueIndex catalogue, RecognitionTable recognition, DateOnly day) =>
        Policy.Day == day && ReferenceEquals(Catalogue, catalogue) && ReferenceEquals(Policy.Recognition, recognition);

    /// <summary>Staleness it tolerates.</summary>
    public TimeSpan MaxStaleness { get; }

    /// <summary>How long a caller may act on an answer.</summary>
    public TimeSpan RelyFor { get; }

    /// <summary>Whether a recipient sees the listings that took part.</summary>
    public bool ShowsMatchesTo(RecipientKind recipient) => Policy.Matter.MatchesVisibleTo.Contains(recipient);

    /// <summary>Refuses a purpose that is no case or order reference, or that holds an identity number.</summary>
    /// <exception cref="RuleViolation">PURPOSE_INVALID.</exception>
    public void CheckPurpose(string text)
    {
        // The pattern bounds the length too; a longer text isn't even looked at.
        if (text.Length is 0 or > 256 || !purpose.IsMatch(text) || HeldNumbers.Contains(text))
        {
            throw new RuleViolation(ErrorReason.PurposeInvalid, "purpose", ("matter", Policy.Matter.Code));
        }
    }
}
