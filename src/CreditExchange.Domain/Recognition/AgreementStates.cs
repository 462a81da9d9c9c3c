using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Domain.Recognition;

/// <summary>
/// The life of an agreement: PROPOSED → IN_FORCE ⇄ SUSPENDED; from each of the three → ENDED, which is final. Each party has a pause of
/// its own, and only the party itself takes it back.
/// </summary>
public static class AgreementStates
{
    /// <summary>The agreement with both signatures.</summary>
    /// <exception cref="RuleViolation">AGREEMENT_STATE.</exception>
    public static Agreement Countersign(Agreement current, SignedAgreement signed)
    {
        Require(current, current.State == AgreementState.Proposed);
        var next = Next(current, AgreementState.InForce, "", null);
        next.Signed = signed;
        return next;
    }

    /// <summary>A party's pause.</summary>
    /// <exception cref="RuleViolation">AGREEMENT_STATE.</exception>
    public static Agreement Suspend(Agreement current, string region, string reason, DecisionDocument? document)
    {
        Require(
            current,
            current.State is AgreementState.InForce or AgreementState.Suspended && !current.SuspendedBy.Contains(region));
        var next = Next(current, AgreementState.Suspended, reason, document);
        next.SuspendedBy.Add(region);
        return next;
    }

    /// <summary>A party takes its pause back; in force again when no other party's stands.</summary>
    /// <exception cref="RuleViolation">AGREEMENT_STATE.</exception>
    public static Agreement Resume(Agreement current, string region, string reason, DecisionDocument? document)
    {
        Require(current, current.State == AgreementState.Suspended && current.SuspendedBy.Contains(region));
        var next = Next(current, AgreementState.InForce, reason, document);
        next.SuspendedBy.Remove(region);
        next.State = next.SuspendedBy.Count > 0 ? AgreementState.Suspended : AgreementState.InForce;
        return next;
    }

    /// <summary>A party ends it, or takes a proposal back.</summary>
    /// <exception cref="RuleViolation">AGREEMENT_STATE.</exception>
    public static Agreement End(Agreement current, string region, string reason, DecisionDocument? document)
    {
        Require(current, current.State is AgreementState.Proposed or AgreementState.InForce or AgreementState.Suspended);
        var next = Next(current, AgreementState.Ended, reason, document);
        next.EndedBy = region;
        return next;
    }

    /// <summary>How a state is written.</summary>
    public static string NameOf(AgreementState state) => state switch
    {
        AgreementState.Proposed => "PROPOSED",
        AgreementState.InForce => "IN_FORCE",
        AgreementState.Suspended => "SUSPENDED",
        AgreementState.Ended => "ENDED",
        _ => "UNSPECIFIED",
    };

    private static Agreement Next(Agreement current, AgreementState state, string reason, DecisionDocument? document)
    {
        var next = current.Clone();
        next.State = state;
        next.Reason = reason;
        next.Document = document?.Clone();
        next.Revision = current.Revision + 1;
        next.Position = 0;
        return next;
    }

    private static void Require(Agreement current, bool allowed)
    {
        if (!allowed)
        {
            throw new RuleViolation(ErrorReason.AgreementState, "agreement_id", ("state", NameOf(current.State)));
        }
    }
}
