using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Recognition;

/// <summary>
/// Makes and changes agreements: one at a time, each step an event. A step can be this side's (by its operator) or the partner's (told by
/// its hub); either way this side's event decides here.
/// </summary>
public sealed class AgreementWriter(
    ILedger ledger, HubWriter writer, RequestKeys keys, AgreementsView agreements, ExchangeKey own, LookupView view, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim gate = new(1);

    /// <summary>Signs terms and records them as proposed.</summary>
    /// <param name="actor">The operator.</param>
    /// <param name="requestId">The caller's.</param>
    /// <param name="requested">The terms; of this side's own party what is left out is filled in.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<StoredEvent> ProposeAsync(string actor, string requestId, AgreementTerms? requested, CancellationToken cancellation)
    {
        var terms = (requested ?? throw new RuleViolation(ErrorReason.Required, "terms")).Clone();
        return AloneAsync(actor, "ProposeAgreement", requestId, keys.Content(terms.ToByteArray()), (request, content) =>
        {
            FillIn(terms);
            Judge(terms);
            if (agreements.Find(terms.AgreementId) is not null)
            {
                throw Exists(terms.AgreementId);
            }

            var signed = new SignedAgreement { Terms = terms.ToByteString() };
            if (signed.Terms.Length > AgreementSignatures.LargestTerms)
            {
                throw new RuleViolation(ErrorReason.AgreementInvalid, "terms", ("cause", "too many rows"));
            }

            signed.Signatures.Add(own.Sign(signed.Terms));
            return New(EventKind.AgreementProposed, AgreementState.Proposed, terms, signed, actor, request, content);
        }, cancellation);
    }

    /// <summary>Adds this side's signature to a partner's proposal, or takes the partner's signature over this side's.</summary>
    /// <param name="actor">The operator, or the partner.</param>
    /// <param name="requestId">The caller's.</param>
    /// <param name="signed">From the other side.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<StoredEvent> CountersignAsync(string actor, string requestId, SignedAgreement? signed, CancellationToken cancellation)
    {
        var given = (signed ?? throw new RuleViolation(ErrorReason.Required, "signed")).Clone();
        return AloneAsync(actor, "CountersignAgreement", requestId, keys.Content(given.ToByteArray()), (request, content) =>
        {
            var terms = AgreementSignatures.Read(given);
            var signers = AgreementSignatures.Verify(given, terms);
            var partner = terms.Parties.FirstOrDefault(p => p.Region != own.Region)?.Region ?? "";
            if (!signers.Contains(partner))
            {
                throw new RuleViolation(
                    ErrorReason.AgreementSignature, "signed.signatures", ("region", partner.Length > 0 ? partner : "?"), ("cause", "missing"));
            }

            if (agreements.Find(terms.AgreementId) is { } known)
            {
                return Returned(known, given, actor, request, content);
            }

            Judge(terms);
            if (signers.Contains(own.Region))
            {
                // Signed here once, and not in this ledger: a restore lost it. Signed again, it is the same.
                given.Signatures.Remove(given.Signatures.First(s => s.Region == own.Region));
            }

            given.Signatures.Add(own.Sign(given.Terms));
            return New(EventKind.AgreementCountersigned, AgreementState.InForce, terms, given, actor, request, content);
        }, cancellation);
    }

    /// <summary>A party's pause.</summary>
    /// <param name="actor">Who acts.</param>
    /// <param name="region">The party for which it acts.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<StoredEvent> SuspendAsync(string actor, string region, SuspendAgreementRequest request, CancellationToken cancellation) => StepAsync(
        actor, "SuspendAgreement", request.RequestId, request.AgreementId, request.Reason, request.Document, EventKind.AgreementSuspended,
        known => AgreementStates.Suspend(known, region, request.Reason, request.Document), cancellation);

    /// <summary>A party takes its pause back.</summary>
    /// <param name="actor">Who acts.</param>
    /// <param name="region">The party for which it acts.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<StoredEvent> ResumeAsync(string actor, string region, ResumeAgreementRequest request, CancellationToken cancellation) => StepAsync(
        actor, "ResumeAgreement", request.RequestId, request.AgreementId, request.Reason, request.Document, EventKind.AgreementResumed,
        known => AgreementStates.Resume(known, region, request.Reason, request.Document), cancellation);

    /// <summary>A party ends it.</summary>
    /// <param name="actor">Who acts.</param>
    /// <param name="region">The party for which it acts.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<StoredEvent> EndAsync(string actor, string region, EndAgreementRequest request, CancellationToken cancellation) => StepAsync(
        actor, "EndAgreement", request.RequestId, request.AgreementId, request.Reason, request.Document, EventKind.AgreementEnded,
        known => AgreementStates.End(known, region, request.Reason, request.Document), cancellation);

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private EventDraft Returned(KnownAgreement known, SignedAgreement given, string actor, RequestKey request, ContentMac content)
    {
        // The bytes that this side signed, and no others.
        if (known.Agreement.Signed.Terms != given.Terms)
        {
            throw Exists(known.Agreement.AgreementId);
        }

        var both = known.Agreement.Signed.Clone();
        both.Signatures.Add(given.Signatures.Where(s => both.Signatures.All(b => b.Region != s.Region)));
        AgreementRules.CheckOthers(known.Terms, agreements.All.Select(a => (a.Agreement, a.Terms)));
        return Next(known, EventKind.AgreementCountersigned, AgreementStates.Countersign(known.Agreement, both), "", actor, request, content);
    }

    private Task<StoredEvent> StepAsync(
        string actor, string method, string requestId, string agreementId, string reason, DecisionDocument? document, EventKind kind,
        Func<Agreement, Agreement> step, CancellationToken cancellation)
    {
        RequestFields.CheckReason(reason);
        RequestFields.RefuseNumber(reason, "reason");
        var today = LegalDay.Of(time.GetUtcNow());
        if (document is not null)
        {
            DecisionDocuments.Check(document, "document", today, required: false);
        }

        var asked = new EndAgreementRequest { AgreementId = agreementId, Reason = reason, Document = document };
        return AloneAsync(actor, method, requestId, keys.Content(asked.ToByteArray()), (request, content) =>
        {
            var known = agreements.Get(agreementId);
            return Next(known, kind, step(known.Agreement), reason, actor, request, content);
        }, cancellation);
    }

    // Of its own party a proposer has to name the region alone.
    private void FillIn(AgreementTerms terms)
    {
        var self = own.Party();
        if (AgreementSignatures.Find(terms, self.Region) is not { } party)
        {
            return;
        }

        party.Name ??= self.Name;
        party.HubId = party.HubId.Length == 0 ? self.HubId : party.HubId;
        party.LedgerId = party.LedgerId.Length == 0 ? self.LedgerId : party.LedgerId;
        if (party.Keys.Count == 0)
        {
            party.Keys.Add(self.Keys);
        }
    }

    private void Judge(AgreementTerms terms)
    {
        var self = own.Party();
        AgreementRules.Validate(terms, self.Region, view.Catalogue, LegalDay.Of(time.GetUtcNow()));
        var party = AgreementSignatures.Find(terms, self.Region)!;
        var wrong = party.HubId != self.HubId ? "hub_id"
            : party.LedgerId != self.LedgerId ? "ledger_id"
            : !party.Keys.Contains(self.Keys[0]) ? "keys"
            : "";
        if (wrong.Length > 0)
        {
            throw new RuleViolation(ErrorReason.AgreementNotParty, "terms.parties", ("what", wrong));
        }

        AgreementRules.CheckOthers(terms, agreements.All.Select(a => (a.Agreement, a.Terms)));
    }

    private EventDraft New(
        EventKind kind, AgreementState state, AgreementTerms terms, SignedAgreement signed, string actor, RequestKey request, ContentMac content)
    {
        var agreement = new Agreement { AgreementId = terms.AgreementId, Signed = signed, State = state, Revision = 1 };
        return new EventDraft
        {
            Entity = ledger.ReserveEntity(),
            Revision = 1,
            Kind = kind,
            Open = new LedgerEvent { Kind = kind, Agreement = agreement, Actor = actor },
            RequestKey = request,
            ContentMac = content,
            Source = keys.Agreement(terms.AgreementId),
        };
    }

    private static EventDraft Next(
        KnownAgreement known, EventKind kind, Agreement next, string reason, string actor, RequestKey request, ContentMac content) => new()
        {
            Entity = known.Entity,
            Revision = next.Revision,
            Kind = kind,
            Open = new LedgerEvent { Kind = kind, Agreement = next, Reason = reason, Actor = actor },
            RequestKey = request,
            ContentMac = content,
        };

    // Few and far between: one at a time, so that two can't take the same list.
    private async Task<StoredEvent> AloneAsync(
        string actor, string method, string requestId, ContentMac content, Func<RequestKey, ContentMac, EventDraft> draft,
        CancellationToken cancellation)
    {
        RequestFields.CheckRequestId(requestId);
        var request = keys.Request(actor, method, requestId);
        await gate.WaitAsync(cancellation);
        try
        {
            if (writer.FindRetry(request, content) is { } first)
            {
                return first;
            }

            await ReachAsync(ledger.Head, cancellation);
            var written = await writer.AppendAsync(draft(request, content), cancellation);
            // The answer tells what holds now, so it comes when it holds.
            await ReachAsync(written.Event.Position, cancellation);
            return written.Event;
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task ReachAsync(long position, CancellationToken cancellation)
    {
        if (!await view.WaitForAsync(position, MostWait, time, cancellation))
        {
            throw new RuleViolation(ErrorReason.NotFresh, "", ("position", $"{view.Position}"));
        }
    }

    private static RuleViolation Exists(string id) => new(ErrorReason.AgreementExists, "terms.agreement_id", ("agreement_id", id));
}
