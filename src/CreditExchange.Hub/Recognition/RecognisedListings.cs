using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Ledgers;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Recognition;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Recognition;

/// <summary>What became of a partner's event.</summary>
/// <param name="Event">The event that it made here; null: nothing had to be recorded, since what it ends isn't here.</param>
/// <param name="Replayed">Whether it was recorded before, and this is that event.</param>
public readonly record struct RecognisedOutcome(StoredEvent? Event, bool Replayed);

/// <summary>
/// Records what partners list: the one way by which a recognised listing comes into being and changes. Idempotent per listing and revision
/// of the origin's ledger; only the events of one origin listing must come one after another, as its ledger has them.
/// </summary>
public sealed class RecognisedListings(
    ILedger ledger, HubWriter writer, ListingWriter listings, RequestKeys keys, ListingIds ids, AgreementsView agreements, ExchangeKey own,
    Provenances provenances, LookupView view, TimeProvider time)
{
    /// <summary>The name under which a partner acts in the ledger.</summary>
    public static string ActorOf(string region) => $"partner:{region}";

    /// <summary>Takes over an event of a partner's listing.</summary>
    /// <param name="agreementId">The agreement under which it was sent.</param>
    /// <param name="told">The event, proved to be the partner's.</param>
    /// <param name="reason">Why, in the origin's words; may be empty.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="RuleViolation">AGREEMENT_NOT_FOUND, AGREEMENT_NOT_IN_FORCE, OUTSIDE_AGREEMENT, ORIGIN_MISMATCH, ORIGIN_STALE,
    /// REQUEST_ID_REUSED (another content under a revision that is known), or a fault of the listing.</exception>
    public async ValueTask<RecognisedOutcome> AcceptAsync(
        string agreementId, OriginEvent told, string reason, CancellationToken cancellation)
    {
        var (row, party) = Admit(agreementId, told);
        var actor = ActorOf(party.Region);
        var (request, content) = KeysOf(actor, row, told);
        var source = keys.Recognised(told.LedgerId, told.Listing.ListingId);
        while (true)
        {
            if (writer.FindRetry(request, content) is { } first)
            {
                return new RecognisedOutcome(first, Replayed: true);
            }

            var last = ledger.FindSource(source) is { } found ? ledger.Last(found) : null;
            if (last is { IsErased: false } && ledger.OpenPart(last).Provenance is { } way)
            {
                RecognisedRules.CheckOrigin(told, party);
                return await provenances.ContinueAsync(last, way, told, actor, request, content, cancellation);
            }

            var current = last is null || last.IsErased ? null : ledger.Open(last).Listing;
            if (RecognisedRules.Accept(told, row, party, current, view.Catalogue, time.GetUtcNow()) is not var (listing, kind))
            {
                return default;
            }

            if (current is null && provenances.FindSame(listing) is { } same)
            {
                if (await provenances.AddAsync(same, listing.Origin, actor, request, content, source, cancellation) is { } added)
                {
                    return added;
                }

                continue;
            }

            var entity = current is null ? ledger.ReserveEntity() : last!.Entity;
            listing.ListingId = ids.Format(entity);
            var draft = listings.Draft(
                entity,
                new LedgerEvent { Kind = kind, Listing = listing, Reason = reason, Actor = actor },
                request,
                content,
                current is null ? source : null);
            try
            {
                var written = await writer.AppendAsync(draft, cancellation);
                return new RecognisedOutcome(written.Event, written.Replayed);
            }
            catch (RuleViolation busy) when (busy.Reason is ErrorReason.RevisionStale or ErrorReason.SourceRefTaken)
            {
                // The clock, or another event of the same listing, was faster.
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private (RecognisedRow Row, AgreementParty Party) Admit(string agreementId, OriginEvent told)
    {
        var known = agreements.Get(agreementId);
        var today = LegalDay.Of(time.GetUtcNow());
        var partner = known.PartnerOf(own.Region);
        // An end is taken in also while an agreement is paused or over: what was repaired meanwhile must not count again when it is resumed.
        var isEnd = ListingStateMachine.IsFinal(told.Listing.State) && known.Agreement.State != AgreementState.Proposed;
        if (!isEnd && !known.CountsOn(today))
        {
            throw new RuleViolation(ErrorReason.AgreementNotInForce, "", ("agreement_id", agreementId));
        }

        return known.RowOf(partner.Region, told.Listing.ListCode) is { } row
            ? (row, partner)
            : throw new RuleViolation(
                ErrorReason.OutsideAgreement, "listing.list_code", ("agreement_id", agreementId),
                ("list_code", RequestFields.Quote(told.Listing.ListCode)));
    }

    // Another position of the same revision (a new epoch of the origin's ledger) is no other content.
    private (RequestKey Request, ContentMac Content) KeysOf(string actor, RecognisedRow row, OriginEvent told)
    {
        var input = told.Listing.Clone();
        input.Position = 0;
        var name = FormattableString.Invariant(
            $"{LedgerIds.WithoutEpoch(told.LedgerId)}/{told.Listing.ListingId}/{told.Listing.Revision}/{row.Agreement}/{RecognisedRules.TokenVersion(told.Listing)}");
        return (keys.Request(actor, "Recognise", name), keys.Content(input));
    }
}
