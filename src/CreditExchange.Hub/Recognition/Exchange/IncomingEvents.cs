using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Ledgers;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Subjects;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>An event with content that a partner told, proved to be the chain's.</summary>
/// <param name="Agreement">Under which agreement it came.</param>
/// <param name="Event">What it tells.</param>
/// <param name="Reason">Why, in the origin's words; may be empty.</param>
public sealed record ToldEvent(string Agreement, OriginEvent Event, string Reason);

/// <summary>Reads what partners tell of listings, and hands it to the rules: one after another for a listing, all listings at once.</summary>
public sealed class IncomingEvents(RecognisedListings recognised, LookupView view, TimeProvider time)
{
    /// <summary>The contents of a batch.</summary>
    /// <param name="batch">A batch whose chain is right.</param>
    /// <param name="ledgerId">The partner's ledger and epoch.</param>
    /// <param name="keyVersions">Versions of the token key that live.</param>
    /// <exception cref="RuleViolation">EXCHANGE_CONTENT: a content isn't about its position.</exception>
    public static List<ToldEvent> Read(ExchangeBatch batch, string ledgerId, IReadOnlyList<uint> keyVersions)
    {
        var told = new List<ToldEvent>();
        for (var i = 0; i < batch.Events.Count; i++)
        {
            var item = batch.Events[i];
            if (item.Content.Length == 0)
            {
                continue;
            }

            var position = batch.FirstPosition + i;
            var content = Parse(item.Content, position);
            Check(content, position, keyVersions);
            if ((int)content.Kind != item.Kind)
            {
                throw Wrong(position, "kind");
            }

            if (content.Listing.ListingId != IdOf(ledgerId, item.Entity))
            {
                throw Wrong(position, "listing_id");
            }

            if (content.Listing.Revision != item.Revision)
            {
                throw Wrong(position, "revision");
            }

            told.Add(new ToldEvent(item.AgreementId, new OriginEvent(ledgerId, position, content.Listing), content.Reason));
        }

        return told;
    }

    /// <summary>The listings of a state frame, whose positions have passed.</summary>
    /// <param name="state">The frame.</param>
    /// <param name="from">What was complete before it.</param>
    /// <param name="until">The last position whose chain is known.</param>
    /// <param name="ledgerId">The partner's ledger and epoch.</param>
    /// <param name="keyVersions">Versions of the token key that live.</param>
    /// <exception cref="RuleViolation">EXCHANGE_CONTENT.</exception>
    public static List<ToldEvent> Read(ExchangeState state, long from, long until, string ledgerId, IReadOnlyList<uint> keyVersions)
    {
        var told = new List<ToldEvent>(state.Events.Count);
        var last = from;
        foreach (var item in state.Events)
        {
            if (item.Position <= last || item.Position > until || item.Position > state.ThroughPosition)
            {
                throw Wrong(item.Position, "position");
            }

            last = item.Position;
            var content = Parse(item.Content, item.Position);
            Check(content, item.Position, keyVersions);
            if (!content.Listing.ListingId.StartsWith(LedgerIds.WithoutEpoch(ledgerId) + "-", StringComparison.Ordinal))
            {
                throw Wrong(item.Position, "listing_id");
            }

            told.Add(new ToldEvent(state.AgreementId, new OriginEvent(ledgerId, item.Position, content.Listing), content.Reason));
        }

        return told;
    }

    /// <summary>Hands events to the rules. When it completes, what was recognised is durable.</summary>
    /// <param name="told">The events, in order.</param>
    /// <param name="inForce">The agreements under which content may come.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What became of each, and how many were new.</returns>
    public async Task<(List<EventOutcome> Outcomes, int New)> ApplyAsync(
        List<ToldEvent> told, IReadOnlyList<string> inForce, CancellationToken cancellation)
    {
        var last = new Dictionary<string, Task>(told.Count, StringComparer.Ordinal);
        var all = new List<Task<(EventOutcome Outcome, bool IsNew)>>(told.Count);
        foreach (var item in told)
        {
            var id = item.Event.Listing.ListingId;
            var task = ApplyOneAsync(item, inForce, last.GetValueOrDefault(id), cancellation);
            last[id] = task;
            all.Add(task);
        }

        var done = await Task.WhenAll(all);
        return ([.. done.Select(d => d.Outcome)], done.Count(d => d.IsNew));
    }

    private async Task<(EventOutcome Outcome, bool IsNew)> ApplyOneAsync(
        ToldEvent told, IReadOnlyList<string> inForce, Task? before, CancellationToken cancellation)
    {
        if (before is not null)
        {
            await before;
        }

        var outcome = new EventOutcome { Position = told.Event.Position };
        try
        {
            if (!inForce.Contains(told.Agreement))
            {
                throw new RuleViolation(ErrorReason.AgreementNotInForce);
            }

            var made = await recognised.AcceptAsync(told.Agreement, told.Event, told.Reason, cancellation);
            outcome.Outcome = made.Event is null ? RecognitionOutcome.Ignored
                : view.Flags.Holds(made.Event.Entity, time.GetUtcNow().UtcTicks) ? RecognitionOutcome.Flagged
                : RecognitionOutcome.Recognised;
            return (outcome, made is { Event: not null, Replayed: false });
        }
        catch (RuleViolation stale) when (stale.Reason == ErrorReason.OriginStale)
        {
            // A later revision came by a state frame: told again, it says nothing new.
            outcome.Outcome = RecognitionOutcome.Ignored;
        }
        catch (RuleViolation refused) when (refused.Reason is not (ErrorReason.LedgerUnavailable or ErrorReason.ShuttingDown or ErrorReason.NotFresh))
        {
            outcome.Outcome = RecognitionOutcome.Refused;
            outcome.Reason = refused.Reason;
        }

        return (outcome, false);
    }

    private static string IdOf(string ledgerId, long entity) => FormattableString.Invariant($"{LedgerIds.WithoutEpoch(ledgerId)}-{entity}");

    private static LedgerEvent Parse(ByteString content, long position)
    {
        try
        {
            return LedgerEvent.Parser.ParseFrom(content);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Wrong(position, "malformed");
        }
    }

    private static void Check(LedgerEvent content, long position, IReadOnlyList<uint> keyVersions)
    {
        if (content.Listing is not { } listing || listing.ListingId.Length == 0)
        {
            throw Wrong(position, "no listing");
        }

        if (content.Position != position || listing.Position != position)
        {
            throw Wrong(position, "position");
        }

        if (listing.Subject is null && (listing.SubjectToken is not { Value.Length: SubjectKey.Length - 1 } token || !keyVersions.Contains(token.KeyVersion)))
        {
            throw Wrong(position, "subject_token");
        }

        // A partner that sends them breaks its own law; here they must not come to lie anywhere.
        if (listing.Subject is { } subject && SubjectIds.IsNaturalPerson(subject.Kind))
        {
            throw Wrong(position, "subject");
        }

        if (listing.RelatedPersons.Count > 0 || listing.SourceRef.Length > 0 || (listing.Subject is null && listing.SubjectName.Length + listing.Reason.Length > 0))
        {
            throw Wrong(position, "person");
        }
    }

    private static RuleViolation Wrong(long position, string what) =>
        new(ErrorReason.ExchangeContent, "", ("position", FormattableString.Invariant($"{position}")), ("what", what));
}
