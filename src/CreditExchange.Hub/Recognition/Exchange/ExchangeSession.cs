using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition.Exchange;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>One session with a partner, from the first hello to the last word. Both directions run at once; either side's fault ends both.</summary>
public sealed class ExchangeSession(SessionParts parts)
{
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(2);

    /// <summary>Runs a session until it ends.</summary>
    /// <param name="terms">The agreements with the partner.</param>
    /// <param name="pipe">The two directions.</param>
    /// <param name="isDialler">Whether this side called.</param>
    /// <param name="trace">Under which name its deliveries are written down.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Whether neither side found fault with the other.</returns>
    /// <exception cref="RuleViolation">Why it was refused, by this side.</exception>
    public async Task<bool> RunAsync(PartnerTerms terms, IFramePipe pipe, bool isDialler, CallTrace trace, CancellationToken cancellation)
    {
        var partner = parts.Partners.Of(terms.Region);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var isLower = string.CompareOrdinal(parts.Own.Region, terms.Region) < 0;
        var slot = new SessionSlot(isPreferred: isDialler == isLower, end);
        var entered = false;
        try
        {
            var shake = new Handshake(parts, partner, terms);
            SignedFrame mine;
            SignedFrame? signed;
            ExchangeHello theirs;
            if (isDialler)
            {
                mine = shake.Hello();
                await pipe.SendAsync(mine, end.Token);
                signed = await SessionReceiver.ReadAsync(pipe, parts.Time, end.Token);
                theirs = shake.Open(signed);
                entered = await EnterAsync(partner, slot);
            }
            else
            {
                signed = await SessionReceiver.ReadAsync(pipe, parts.Time, end.Token);
                theirs = shake.Open(signed);
                entered = await EnterAsync(partner, slot);
                mine = shake.Hello();
                await pipe.SendAsync(mine, end.Token);
            }

            var session = isDialler
                ? FrameSignatures.SessionOf(mine.Frame.Span, signed!.Frame.Span)
                : FrameSignatures.SessionOf(signed!.Frame.Span, mine.Frame.Span);
            using var state = await shake.SettleAsync(theirs, session, end.Token);
            ExchangeLog.Opened(parts.Logger, terms.Region, partner.Incoming.State.Position, partner.Acknowledged);
            parts.Records.Opened(trace, theirs.Resume.Position + 1);
            return await ExchangeAsync(state, pipe, trace, end);
        }
        catch (RuleViolation fault)
        {
            Note(partner, fault);
            throw;
        }
        finally
        {
            if (entered)
            {
                partner.Leave(slot);
            }

            slot.Ended.TrySetResult();
        }
    }

    private async Task<bool> ExchangeAsync(SessionState state, IFramePipe pipe, CallTrace trace, CancellationTokenSource end)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
        using var hard = new CancellationTokenSource();
        var receiver = new SessionReceiver(parts, state, pipe);
        var sender = new SessionSender(parts, state, pipe, trace);
        var reading = receiver.RunAsync(end.Token);
        var sending = sender.RunAsync(stop.Token, hard.Token);
        await Task.WhenAny(reading, sending);
        await stop.CancelAsync();
        var fault = reading.IsFaulted ? reading.Exception.InnerException as RuleViolation : null;
        using (parts.Time.CreateTimer(static s => ((CancellationTokenSource)s!).Cancel(), hard, LastWord, Timeout.InfiniteTimeSpan))
        {
            if (await QuietAsync(sending) && !reading.IsCompletedSuccessfully)
            {
                // The sending half has stopped by itself, so that nobody else writes now.
                await QuietAsync(sender.SendByeAsync(fault?.Reason ?? ErrorReason.Unspecified, fault is null ? "" : Detail(fault), hard.Token));
                await QuietAsync(pipe.FarewellAsync(reading, hard.Token));
            }
        }

        await end.CancelAsync();
        await QuietAsync(reading);
        var isGood = true;
        if (reading.IsCompletedSuccessfully && await reading is { } bye && bye.Reason != ErrorReason.Unspecified)
        {
            isGood = false;
            state.Partner.Note(new Fault(bye.Reason, Text(bye), parts.Time.GetUtcNow(), IsTheirs: true));
            ExchangeLog.RefusedThere(parts.Logger, state.Terms.Region, bye.Reason, Text(bye));
        }

        if (fault is not null)
        {
            throw fault;
        }

        // What is no fault of the protocol: the store, or a bug.
        foreach (var half in new Task[] { reading, sending })
        {
            if (half.Exception?.InnerException is { } error and not (OperationCanceledException or RpcException or IOException or InvalidOperationException))
            {
                throw error;
            }
        }

        return isGood;
    }

    private void Note(Partner partner, RuleViolation fault)
    {
        var text = Detail(fault);
        partner.Note(new Fault(fault.Reason, text, parts.Time.GetUtcNow(), IsTheirs: false));
        if (fault.Reason is ErrorReason.ExchangeSilent or ErrorReason.ExchangeBusy or ErrorReason.ShuttingDown)
        {
            ExchangeLog.Broken(parts.Logger, partner.Region, fault.Reason);
            return;
        }

        partner.Faults.Add(fault.Reason);
        ExchangeLog.Refused(parts.Logger, partner.Region, fault.Reason, text);
    }

    private static async Task<bool> EnterAsync(Partner partner, SessionSlot slot)
    {
        if (!partner.TryEnter(slot, out var before))
        {
            throw new RuleViolation(ErrorReason.ExchangeBusy);
        }

        if (before is not null)
        {
            await before.EndAsync();
        }

        return true;
    }

    private static async Task<bool> QuietAsync(Task task)
    {
        try
        {
            await task;
            return true;
        }
#pragma warning disable CA1031 // Looked at by who started it.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    private static string Detail(RuleViolation fault) => string.Join(", ", fault.Facts.Select(f => $"{f.Key}={f.Value}"));

    private static string Text(ExchangeBye bye) =>
        bye.Detail.Length <= 200 && !bye.Detail.Any(char.IsControl) && !Lookup.HeldNumbers.Contains(bye.Detail) ? bye.Detail : "";
}
