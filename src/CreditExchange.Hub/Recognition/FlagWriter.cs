using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Recognition;

/// <summary>Records which recognised listings are not executed here: one flag per listing, an entity of its own.</summary>
public sealed class FlagWriter(ILedger ledger, HubWriter writer, RequestKeys keys, ListingIds ids, LookupView view, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366 * 10);
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(2);

    /// <summary>Flags a listing, or replaces its flag.</summary>
    public Task<StoredEvent> FlagAsync(Agency actor, FlagListingRequest request, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        RequestFields.CheckReason(request.Reason);
        RequestFields.RefuseNumber(request.Reason, "reason");
        DecisionDocuments.Check(request.Document, "document", LegalDay.Of(now), required: true);
        RequestFields.RefuseNumber(request.Document.Number, "document.number");
        RequestFields.RefuseNumber(request.Document.Authority, "document.authority");
        return WriteAsync(actor, "FlagListing", request.RequestId, request.ListingId, request, last =>
        {
            if (request.Until is null)
            {
                throw new RuleViolation(ErrorReason.Required, "until");
            }

            if (!Domain.Listings.Instants.TryTicks(request.Until, out var until) || until <= now.UtcTicks || until > (now + Longest).UtcTicks)
            {
                throw new RuleViolation(ErrorReason.DateImpossible, "until", ("cause", "it must lie in the future, within ten years"));
            }

            CheckMayDecide(actor, request.ListingId, "flag");
            return (EventKind.ListingFlagged, new ListingFlag
            {
                ListingId = request.ListingId,
                Agency = actor.AgencyId,
                Reason = request.Reason,
                Document = request.Document,
                Until = request.Until,
                Active = true,
            });
        }, cancellation);
    }

    /// <summary>Takes a flag back.</summary>
    public Task<StoredEvent> UnflagAsync(Agency actor, UnflagListingRequest request, CancellationToken cancellation)
    {
        RequestFields.CheckReason(request.Reason);
        RequestFields.RefuseNumber(request.Reason, "reason");
        return WriteAsync(actor, "UnflagListing", request.RequestId, request.ListingId, request, last =>
        {
            CheckMayDecide(actor, request.ListingId, "unflag");
            var flag = (last is null ? null : ledger.OpenPart(last).ListingFlag)?.Clone()
                ?? throw new RuleViolation(ErrorReason.ListingNotFlagged, "listing_id");
            flag.Active = false;
            return (EventKind.ListingUnflagged, flag);
        }, cancellation);
    }

    private async Task<StoredEvent> WriteAsync(
        Agency actor, string method, string requestId, string listingId, IMessage asked,
        Func<StoredEvent?, (EventKind Kind, ListingFlag Flag)> make, CancellationToken cancellation)
    {
        RequestFields.CheckRequestId(requestId);
        var request = keys.Request(actor.AgencyId, method, requestId);
        var content = keys.Content(asked);
        var source = keys.Flag(listingId);
        while (true)
        {
            if (writer.FindRetry(request, content) is { } first)
            {
                return first;
            }

            var last = ledger.FindSource(source) is { } entity ? ledger.Last(entity) : null;
            EventKind kind;
            ListingFlag flag;
            try
            {
                (kind, flag) = make(last);
            }
            catch (RuleViolation) when (ledger.FindRequest(request) is not null)
            {
                // The same request, sent twice at once, may have got in since the look above.
                continue;
            }

            try
            {
                var written = await writer.AppendAsync(
                    new EventDraft
                    {
                        Entity = last?.Entity ?? ledger.ReserveEntity(),
                        Revision = (last?.Revision ?? 0) + 1,
                        Kind = kind,
                        Open = new LedgerEvent { Kind = kind, ListingFlag = flag, Reason = flag.Reason, Actor = actor.AgencyId },
                        RequestKey = request,
                        ContentMac = content,
                        Source = last is null ? source : null,
                        Live = flag.Active,
                    },
                    cancellation);
                await view.WaitForAsync(written.Event.Position, MostWait, time, cancellation);
                return written.Event;
            }
            catch (RuleViolation busy) when (busy.Reason is ErrorReason.RevisionStale or ErrorReason.SourceRefTaken)
            {
                // Somebody flagged it meanwhile; what is said now replaces it.
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    // The agency that may publish on that list here decides what is executed by it here.
    private void CheckMayDecide(Agency actor, string listingId, string operation)
    {
        var last = ids.Parse(listingId) is { } entity ? ledger.Last(entity) : null;
        var listing = last is null || last.IsErased ? null : ledger.OpenPart(last).Listing;
        if (listing is null)
        {
            throw new RuleViolation(ErrorReason.ListingNotFound, "listing_id");
        }

        if (view.Catalogue.ListKind(listing.ListCode, LegalDay.Of(time.GetUtcNow())) is not { } kind || !AgencyRights.MayPublish(actor, kind))
        {
            throw new RuleViolation(ErrorReason.ListNotPermitted, "", ("list_code", listing.ListCode), ("operation", operation));
        }

        if (listing.Origin.Agreement.Length == 0)
        {
            throw new RuleViolation(ErrorReason.ListingNotRecognised, "listing_id");
        }
    }
}
