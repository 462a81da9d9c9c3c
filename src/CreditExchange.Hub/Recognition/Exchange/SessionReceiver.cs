using CreditExchange.Domain.Errors;
using CreditExchange.Ledger.Exchange;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>
/// The reading half of a session: each frame is proved whole before anything of it counts, its events are made durable, then how far the
/// partner's ledger is known, then the receipt goes back.
/// </summary>
internal sealed class SessionReceiver(SessionParts parts, SessionState session, IFramePipe pipe)
{
    /// <summary>A partner says something at least once a second.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private readonly FrameOrder order = new(session.Terms.Keys, session.Session);
    private readonly IncomingLedger incoming = session.Partner.Incoming;

    /// <summary>Reads until the partner ends the session.</summary>
    /// <returns>The partner's last word; null: it has gone without one.</returns>
    public async Task<ExchangeBye?> RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (await ReadAsync(pipe, parts.Time, cancellation) is not { } signed)
            {
                return null;
            }

            var heardAt = parts.Time.GetUtcNow();
            var frame = order.Take(signed);
            switch (frame.BodyCase)
            {
                case ExchangeFrame.BodyOneofCase.Batch:
                    await TakeAsync(frame.Batch, signed, heardAt, cancellation);
                    break;
                case ExchangeFrame.BodyOneofCase.State:
                    await TakeAsync(frame.State, heardAt, cancellation);
                    break;
                case ExchangeFrame.BodyOneofCase.Receipt:
                    await TakeAsync(frame.Receipt);
                    break;
                case ExchangeFrame.BodyOneofCase.Checkpoints:
                    await TakeAsync(frame.Checkpoints, cancellation);
                    break;
                case ExchangeFrame.BodyOneofCase.Progress:
                    Take(frame.Progress, heardAt);
                    break;
                case ExchangeFrame.BodyOneofCase.Bye:
                    return frame.Bye;
                default:
                    throw new RuleViolation(ErrorReason.ExchangeFrame, "", ("cause", "an unknown frame"));
            }
        }
    }

    /// <summary>The next frame, or the end; not longer than a partner may be silent.</summary>
    /// <exception cref="RuleViolation">EXCHANGE_SILENT.</exception>
    public static async Task<SignedFrame?> ReadAsync(IFramePipe pipe, TimeProvider time, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = time.CreateTimer(static s => ((CancellationTokenSource)s!).Cancel(), silence, Silence, Timeout.InfiniteTimeSpan);
        try
        {
            return await pipe.ReadAsync(silence.Token);
        }
        catch (Exception ended) when (ended is OperationCanceledException or Grpc.Core.RpcException { StatusCode: Grpc.Core.StatusCode.Cancelled }
            && silence.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new RuleViolation(ErrorReason.ExchangeSilent);
        }
    }

    private async Task TakeAsync(ExchangeBatch batch, SignedFrame signed, DateTimeOffset heardAt, CancellationToken cancellation)
    {
        var state = incoming.State;
        var chains = new List<byte[]>(batch.Events.Count);
        var after = state.ToChain(session.Theirs.LedgerId).After(batch, chains);
        if (parts.Heard.Compare(session.Terms.Region, after.LedgerId, batch.FirstPosition, chains) is { } evidence)
        {
            evidence.Frame = signed;
            evidence.Session = Google.Protobuf.ByteString.CopyFrom(session.Session);
            throw await parts.Forks.ConvictAsync(session.Terms.Region, evidence, cancellation);
        }

        var versions = parts.TokenKeys.VersionsOf(session.Terms.Region);
        var told = IncomingEvents.Read(batch, after.LedgerId, versions);
        var (outcomes, added) = await parts.Incoming.ApplyAsync(told, session.Terms.InForce, cancellation);
        Ledger.Traps.Reach("exchange.after-events");
        var next = state with { LedgerId = after.LedgerId, Position = after.Position, Chain = after.Chain.ToArray(), RecordedAt = after.RecordedAt };
        foreach (var agreement in batch.CoveredAgreements)
        {
            if (session.Terms.InForce.Contains(agreement) && versions.Contains(batch.KeyVersion) && next.ThroughOf(agreement, batch.KeyVersion) == batch.FirstPosition - 1)
            {
                next = next.With(agreement, batch.KeyVersion, after.Position);
            }
        }

        next = Counted(next, outcomes, added) with { HeardAt = heardAt, Lag = LagOf(batch.Lag), Head = batch.HeadPosition };
        await incoming.KeepAsync(next, batch.FirstPosition, chains);
        Ledger.Traps.Reach("exchange.after-progress");
        session.Outbox.Add(after.Position, outcomes);
    }

    private async Task TakeAsync(ExchangeState told, DateTimeOffset heardAt, CancellationToken cancellation)
    {
        var state = incoming.State;
        var through = state.ThroughOf(told.AgreementId, told.KeyVersion);
        if (told.ThroughPosition <= through || told.ThroughPosition > state.Position || told.Events.Count > ForeignChain.MostEvents)
        {
            throw new RuleViolation(ErrorReason.ExchangeFrame, "", ("cause", "a state that doesn't fit what is known"));
        }

        var versions = parts.TokenKeys.VersionsOf(session.Terms.Region);
        var events = IncomingEvents.Read(told, through, state.Position, session.Theirs.LedgerId, versions);
        var (outcomes, added) = await parts.Incoming.ApplyAsync(events, session.Terms.InForce, cancellation);
        // What was refused as a whole is told again when the agreement is in force here too.
        var next = session.Terms.InForce.Contains(told.AgreementId) && versions.Contains(told.KeyVersion) ? state.With(told.AgreementId, told.KeyVersion, told.ThroughPosition) : state;
        await incoming.KeepAsync(Counted(next, outcomes, added) with { HeardAt = heardAt, Lag = LagOf(told.Lag), Head = incoming.State.Head });
        session.Outbox.Add(state.Position, outcomes);
    }

    private async Task TakeAsync(ExchangeReceipt receipt)
    {
        if (receipt.ThroughPosition < session.Partner.Acknowledged || receipt.ThroughPosition > parts.Ledger.Head)
        {
            throw new RuleViolation(ErrorReason.ExchangeFrame, "", ("cause", "a receipt for what was not sent"));
        }

        session.Partner.Acknowledge(receipt.ThroughPosition);
        await session.Partner.Outgoing.TakeAsync(receipt.Outcomes);
        session.Outbox.Wake();
    }

    private async Task TakeAsync(CheckpointNews news, CancellationToken cancellation)
    {
        if (news.Checkpoints.Count > 100 || news.Forks.Count > 100)
        {
            throw new RuleViolation(ErrorReason.ExchangeFrame, "", ("cause", "too many checkpoints"));
        }

        foreach (var signed in news.Checkpoints)
        {
            await parts.Heard.TakeAsync(signed, session.Terms.Region, cancellation);
        }

        foreach (var evidence in news.Forks)
        {
            await parts.Heard.TakeAsync(evidence, session.Terms.Region, cancellation);
        }
    }

    private void Take(ExchangeProgress progress, DateTimeOffset heardAt)
    {
        if (progress.Position != incoming.State.Position || progress.Position > progress.HeadPosition)
        {
            throw new RuleViolation(
                ErrorReason.ExchangeGap, "", ("actual", FormattableString.Invariant($"{progress.Position}")),
                ("expected", FormattableString.Invariant($"{incoming.State.Position}")));
        }

        incoming.Heard(heardAt, LagOf(progress.Lag), progress.HeadPosition);
    }

    // What no clock can have said is no lag.
    private static TimeSpan LagOf(Google.Protobuf.WellKnownTypes.Duration? told)
    {
        if (told is null || told.Seconds < 0 || told.Nanos < 0)
        {
            return TimeSpan.Zero;
        }

        return told.Seconds > 3_650L * 86_400 ? TimeSpan.FromDays(3_650) : told.ToTimeSpan();
    }

    private static ReceivedState Counted(ReceivedState state, List<EventOutcome> outcomes, int added)
    {
        var refused = outcomes.Where(o => o.Outcome == RecognitionOutcome.Refused).Select(o => new Refused(o.Position, o.Reason)).ToList();
        return state with
        {
            Recognised = state.Recognised + added,
            RefusedCount = state.RefusedCount + refused.Count,
            Refusals = refused.Count == 0 ? state.Refusals : [.. state.Refusals.Concat(refused).TakeLast(ReceivedState.MostRefused)],
        };
    }
}
