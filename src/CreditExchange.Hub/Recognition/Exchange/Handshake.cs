using System.Security.Cryptography;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Ledgers;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.Ledger.Exchange;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>The two hellos: who speaks, by which agreement, about which ledger, and from where on.</summary>
internal sealed class Handshake(SessionParts parts, Partner partner, PartnerTerms terms)
{
    /// <summary>This side's hello, signed.</summary>
    public SignedFrame Hello()
    {
        var hello = new ExchangeHello
        {
            Region = parts.Own.Region,
            LedgerId = parts.Ledger.LedgerId,
            Epoch = ChainInputs.EpochOf(parts.Ledger),
            Nonce = UnsafeByteOperations.UnsafeWrap(RandomNumberGenerator.GetBytes(FrameSignatures.SessionSize)),
            Resume = partner.Incoming.State.ToResume(),
            Time = Timestamp.FromDateTimeOffset(parts.Time.GetUtcNow()),
        };
        foreach (var known in parts.Agreements.All.Where(a => a.IsOf(terms.Region) && a.IsOf(parts.Own.Region)))
        {
            var agreement = known.Agreement;
            var isSuspendedHere = agreement.SuspendedBy.Contains(parts.Own.Region);
            hello.Agreements.Add(new AgreementStanding
            {
                AgreementId = agreement.AgreementId,
                State = agreement.State,
                SuspendedHere = isSuspendedHere,
                Reason = isSuspendedHere || agreement.EndedBy == parts.Own.Region ? agreement.Reason : "",
            });
        }

        // To each of its keys: which of them it has at hand it doesn't say before it speaks.
        foreach (var key in terms.Keys)
        {
            hello.TokenKeys.Add(parts.TokenKeys.SealedFor(terms.Region, parts.Own.Region, key));
        }

        return FrameSignatures.Sign(new ExchangeFrame { Hello = hello }, FrameSignatures.NoSession, parts.Own.KeyId, bytes => parts.Own.SignBytes(bytes));
    }

    /// <summary>The other side's hello, proved to be of the partner.</summary>
    /// <exception cref="RuleViolation">Any of the EXCHANGE_ reasons of a frame.</exception>
    public ExchangeHello Open(SignedFrame? signed)
    {
        var frame = FrameSignatures.Open(signed, FrameSignatures.NoSession, terms.Keys);
        if (frame is not { Number: 0, Hello: { Nonce.Length: FrameSignatures.SessionSize, Epoch: not null, Resume.Chain.Length: FrameSignatures.SessionSize } hello }
            || hello.Epoch.LedgerId != hello.LedgerId || hello.Epoch.ChainBefore.Length != FrameSignatures.SessionSize || hello.Epoch.FirstPosition < 1)
        {
            throw new RuleViolation(ErrorReason.ExchangeFrame, "", ("cause", "the first frame is no whole hello"));
        }

        return hello.Region == terms.Region
            ? hello
            : throw new RuleViolation(ErrorReason.PartnerUnknown, "", ("agency", RegionReach.IsRegion(hello.Region) ? hello.Region : "?"));
    }

    /// <summary>Judges what the partner says, and settles the session.</summary>
    /// <param name="theirs">Its hello.</param>
    /// <param name="session">The session, 32 bytes.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="RuleViolation">AGENCY_REVOKED, EXCHANGE_LEDGER, EXCHANGE_EPOCH, EXCHANGE_FORK, EXCHANGE_DIVERGED or EXCHANGE_TOKEN_KEY.</exception>
    public async Task<SessionState> SettleAsync(ExchangeHello theirs, byte[] session, CancellationToken cancellation)
    {
        if (parts.Rights.Find(terms.HubId) is { Revoked: true })
        {
            throw new RuleViolation(ErrorReason.AgencyRevoked);
        }

        if (LedgerIds.WithoutEpoch(theirs.LedgerId) != terms.LedgerId)
        {
            throw new RuleViolation(ErrorReason.ExchangeLedger, "", ("ledger_id", Short(theirs.LedgerId)));
        }

        if (terms.InForce.Count == 0 && parts.Forks.Of(terms.Region) is { } fork)
        {
            throw new RuleViolation(
                ErrorReason.ExchangeFork, "", ("region", terms.Region), ("position", FormattableString.Invariant($"{fork.Position}")));
        }

        await CheckEpochAsync(theirs);
        CheckResume(theirs.Resume);
        partner.AcknowledgeExactly(theirs.Resume.Position);
        await HearAgreementsAsync(theirs, cancellation);
        var (tokens, version) = TokensFrom(theirs);
        // As they stand after what the partner said of them.
        var now = PartnerTerms.Of(parts.Agreements, parts.Own.Region, terms.Region, LegalDay.Of(parts.Time.GetUtcNow()));
        return new SessionState(partner, now, theirs, session, tokens, version);
    }

    // Positions of another epoch mean other events: whether the ledger was restored, or is forged, only people can find out.
    private async Task CheckEpochAsync(ExchangeHello theirs)
    {
        var state = partner.Incoming.State;
        if (state.LedgerId.Length == 0 || state.LedgerId == theirs.LedgerId)
        {
            return;
        }

        await partner.Incoming.KeepAsync(state with { PendingEpoch = theirs.Epoch.ToByteArray() });
        throw new RuleViolation(ErrorReason.ExchangeEpoch, "", ("ledger_id", Short(theirs.LedgerId)));
    }

    private void CheckResume(LedgerResume resume)
    {
        if (resume.LedgerId.Length == 0 && resume.Position == 0)
        {
            return;
        }

        if (resume.LedgerId != parts.Ledger.LedgerId)
        {
            throw new RuleViolation(ErrorReason.ExchangeEpoch, "", ("ledger_id", parts.Ledger.LedgerId));
        }

        if (resume.Position < 0 || resume.Position > parts.Ledger.Head || !parts.Ledger.ChainAt(resume.Position).AsSpan().SequenceEqual(resume.Chain.Span))
        {
            throw new RuleViolation(ErrorReason.ExchangeDiverged, "", ("position", FormattableString.Invariant($"{resume.Position}")));
        }
    }

    // What the partner has decided about an agreement holds here too: each side's pause is its own, and an end is both sides'.
    private async Task HearAgreementsAsync(ExchangeHello theirs, CancellationToken cancellation)
    {
        foreach (var known in terms.Agreements)
        {
            var agreement = known.Agreement;
            var id = agreement.AgreementId;
            if (theirs.Agreements.FirstOrDefault(a => a.AgreementId == id) is not { } told)
            {
                continue;
            }

            var isPaused = agreement.SuspendedBy.Contains(terms.Region);
            var request = FormattableString.Invariant($"exchange-{id}-{agreement.Revision}");
            var reason = told.Reason.Length is > 0 and <= 1_000 ? told.Reason : "by the partner";
            var actor = RecognisedListings.ActorOf(terms.Region);
            if (told.State == AgreementState.Ended)
            {
                await parts.Writer.EndAsync(actor, terms.Region, new EndAgreementRequest { RequestId = request, AgreementId = id, Reason = reason }, cancellation);
            }
            else if (told.SuspendedHere && !isPaused)
            {
                await parts.Writer.SuspendAsync(actor, terms.Region, new SuspendAgreementRequest { RequestId = request, AgreementId = id, Reason = reason }, cancellation);
            }
            else if (!told.SuspendedHere && isPaused && told.State is AgreementState.InForce or AgreementState.Suspended)
            {
                await parts.Writer.ResumeAsync(actor, terms.Region, new ResumeAgreementRequest { RequestId = request, AgreementId = id, Reason = reason }, cancellation);
            }
        }
    }

    private (SubjectTokenMaker? Maker, uint Version) TokensFrom(ExchangeHello theirs)
    {
        var given = theirs.TokenKeys.Where(k => k.KeyId == parts.Own.KeyId).MaxBy(k => k.Version);
        if (given is null)
        {
            throw new RuleViolation(ErrorReason.ExchangeTokenKey);
        }

        var key = parts.Own.OpenTokenKey(given, terms.Region);
        var maker = new SubjectTokenMaker(terms.Region, key, given.Version);
        CryptographicOperations.ZeroMemory(key);
        return (maker, given.Version);
    }

    private static string Short(string ledgerId) => ledgerId.Length <= 40 ? ledgerId : "?";
}
