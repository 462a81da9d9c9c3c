using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Recognition;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition;

/// <summary>
/// Further ways on which a decision came here that a listing holds already. It counts once; a recognised one ends with the first way that
/// says so, an own one with its own publisher alone, since no partner may end what is ours.
/// </summary>
public sealed class Provenances(ILedger ledger, HubWriter writer, ListingWriter listings, ListingIds ids, LookupView view, TimeProvider time)
{
    /// <summary>The live listing of the same decision; null: none. What was published in the last moment may be missed, and then counts by itself.</summary>
    public long? FindSame(Listing listing)
    {
        if (listing.Subject is null || listing.Document.Number.Length == 0)
        {
            return null;
        }

        foreach (var entity in view.EntitiesOf(listing.Subject, ledger.Keys))
        {
            if (ledger.Last(entity) is { IsErased: false } last && ledger.OpenPart(last).Listing is { } open
                && ListingStateMachine.IsLive(open.State) && open.ListCode == listing.ListCode
                && ledger.Open(last).Listing is { } whole && RecognisedRules.AreOneDecision(whole, listing))
            {
                return entity;
            }
        }

        return null;
    }

    /// <summary>Records that a listing came by a further way.</summary>
    /// <returns>The event; null: somebody was faster, look again.</returns>
    public async ValueTask<RecognisedOutcome?> AddAsync(
        long entity, Origin way, string actor, RequestKey request, ContentMac content, SourceKey source, CancellationToken cancellation)
    {
        if (!await ChangeAsync(entity, actor, "", current => (RecognisedRules.AddProvenance(current, way), EventKind.Amended), cancellation))
        {
            return null;
        }

        var body = new ListingProvenance { ListingId = ids.Format(entity), Origin = way, Active = true };
        try
        {
            var written = await writer.AppendAsync(
                Draft(ledger.ReserveEntity(), 1, EventKind.ProvenanceAdded, body, "", actor, request, content) with { Source = source }, cancellation);
            return new RecognisedOutcome(written.Event, written.Replayed);
        }
        catch (RuleViolation busy) when (busy.Reason == ErrorReason.SourceRefTaken)
        {
            return null;
        }
    }

    /// <summary>Takes over an event of a way that is known. Only its end says something.</summary>
    /// <param name="last">The way's last event.</param>
    /// <param name="way">The same, read.</param>
    /// <param name="told">The event.</param>
    /// <param name="actor">The partner.</param>
    /// <param name="request">Makes a repetition known.</param>
    /// <param name="content">Tells another content under it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="RuleViolation">ORIGIN_STALE.</exception>
    public async ValueTask<RecognisedOutcome> ContinueAsync(
        StoredEvent last, ListingProvenance way, OriginEvent told, string actor, RequestKey request, ContentMac content, CancellationToken cancellation)
    {
        if (told.Listing.Revision < way.Origin.Revision)
        {
            throw new RuleViolation(ErrorReason.OriginStale, "listing.revision", ("actual", FormattableString.Invariant($"{way.Origin.Revision}")));
        }

        if (!way.Active || !ListingStateMachine.IsFinal(told.Listing.State))
        {
            return default;
        }

        var now = time.GetUtcNow();
        if (ids.Parse(way.ListingId) is { } entity)
        {
            await ChangeAsync(entity, actor, "", current => current.Origin.Agreement.Length > 0
                ? RecognisedRules.EndByProvenance(current, told.Listing, now)
                : (RecognisedRules.RemoveProvenance(current, way.Origin), EventKind.Amended), cancellation);
        }

        var ended = way.Clone();
        ended.Active = false;
        ended.Origin.Revision = told.Listing.Revision;
        ended.Origin.Position = told.Position;
        ended.Origin.LedgerId = told.LedgerId;
        var written = await writer.AppendAsync(
            Draft(last.Entity, last.Revision + 1, EventKind.ProvenanceEnded, ended, "", actor, request, content), cancellation);
        return new RecognisedOutcome(written.Event, written.Replayed);
    }

    // Changes the listing as it stands now; false: it lives no more. A change that was made before, by a run that was cut off, isn't made again.
    private async ValueTask<bool> ChangeAsync(
        long entity, string actor, string reason, Func<Listing, (Listing Listing, EventKind Kind)> change, CancellationToken cancellation)
    {
        while (ledger.Last(entity) is { IsErased: false } last && ledger.Open(last).Listing is { } current && ListingStateMachine.IsLive(current.State))
        {
            var (next, kind) = change(current);
            if (kind == EventKind.Amended && HasSameWays(current, next))
            {
                return true;
            }

            try
            {
                await writer.AppendAsync(
                    listings.Draft(entity, new LedgerEvent { Kind = kind, Listing = next, Reason = reason, Actor = actor }, null, null, null), cancellation);
                return true;
            }
            catch (RuleViolation busy) when (busy.Reason == ErrorReason.RevisionStale)
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }

        return false;
    }

    private static bool HasSameWays(Listing before, Listing after) =>
        after.Provenances.All(a => before.Provenances.Any(b => RecognisedRules.IsOneWay(a, b)))
        && before.Provenances.All(b => after.Provenances.Any(a => RecognisedRules.IsOneWay(a, b)));

    private static EventDraft Draft(
        long entity, long revision, EventKind kind, ListingProvenance body, string reason, string actor, RequestKey request, ContentMac content) => new()
        {
            Entity = entity,
            Revision = revision,
            Kind = kind,
            Open = new LedgerEvent { Kind = kind, Provenance = body, Reason = reason, Actor = actor },
            RequestKey = request,
            ContentMac = content,
        };
}
