using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Lookup;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Maintenance;

/// <summary>
/// Erases listings and holds them. One at a time: a hold that was answered is always seen by the erasure after it.
/// </summary>
public sealed class ErasureWriter(
    ILedger ledger, HubWriter writer, ListingWriter listings, RequestKeys keys, ListingIds ids, HoldsView holds, LookupView view, TimeProvider time)
    : IDisposable
{
    private const int LongestText = 200;
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim gate = new(1);

    /// <summary>Forbids the erasure of a listing.</summary>
    public Task<StoredEvent> PlaceAsync(Agency actor, PlaceHoldRequest request, CancellationToken cancellation)
    {
        Check(request.RequestId, request.Reason, request.Authority, request.Document);
        var content = request.Clone();
        content.RequestId = "";
        return AloneAsync(keys.Request(actor.AgencyId, "PlaceHold", request.RequestId), keys.Content(content), (key, mac) =>
        {
            FindOf(actor, request.ListingId, "hold");
            if (holds.Find(request.ListingId, actor.AgencyId) is not null)
            {
                throw new RuleViolation(ErrorReason.HoldExists, "listing_id");
            }

            var hold = new LegalHold
            {
                ListingId = request.ListingId,
                Agency = actor.AgencyId,
                Authority = request.Authority,
                Document = request.Document,
                Active = true,
            };
            return Draft(ledger.ReserveEntity(), 1, EventKind.HoldPlaced, hold, request.Reason, key, mac);
        }, cancellation);
    }

    /// <summary>Lifts the agency's own hold.</summary>
    public Task<StoredEvent> LiftAsync(Agency actor, LiftHoldRequest request, CancellationToken cancellation)
    {
        Check(request.RequestId, request.Reason, request.Authority, request.Document);
        var content = request.Clone();
        content.RequestId = "";
        return AloneAsync(keys.Request(actor.AgencyId, "LiftHold", request.RequestId), keys.Content(content), (key, mac) =>
        {
            if (holds.Find(request.ListingId, actor.AgencyId) is not { } entity || ledger.Last(entity) is not { } last)
            {
                throw new RuleViolation(ErrorReason.HoldNotFound, "listing_id");
            }

            var hold = new LegalHold
            {
                ListingId = request.ListingId,
                Agency = actor.AgencyId,
                Authority = request.Authority,
                Document = request.Document,
            };
            return Draft(entity, last.Revision + 1, EventKind.HoldLifted, hold, request.Reason, key, mac);
        }, cancellation);
    }

    /// <summary>Erases a listing.</summary>
    public Task<StoredEvent> EraseAsync(Agency actor, EraseListingRequest request, CancellationToken cancellation)
    {
        RequestFields.CheckRequestId(request.RequestId);
        RequestFields.CheckReason(request.Reason);
        RequestFields.RefuseNumber(request.Reason, "reason");
        if (request.ExpectedRevision <= 0)
        {
            throw new RuleViolation(ErrorReason.RevisionRequired, "expected_revision");
        }

        var content = request.Clone();
        content.RequestId = "";
        return AloneAsync(keys.Request(actor.AgencyId, "EraseListing", request.RequestId), keys.Content(content), (key, mac) =>
        {
            var (last, kind) = FindOf(actor, request.ListingId, "erase");
            if (last.Revision != request.ExpectedRevision)
            {
                throw HubWriter.Stale(request.ExpectedRevision, last.Revision);
            }

            var rule = ErasureRules.Check(ledger.OpenPart(last).Listing, kind, last.RecordedAt, time.GetUtcNow());
            if (holds.HolderOf(request.ListingId) is { } holder)
            {
                throw new RuleViolation(ErrorReason.LegalHold, "listing_id", ("agency", holder));
            }

            return new EventDraft
            {
                Entity = last.Entity,
                Revision = last.Revision + 1,
                Kind = EventKind.Erased,
                Open = new LedgerEvent
                {
                    Kind = EventKind.Erased,
                    Erasure = new Erasure { ListingId = request.ListingId, Rule = rule },
                    Reason = request.Reason,
                    Actor = actor.AgencyId,
                },
                RequestKey = key,
                ContentMac = mac,
                Live = false,
                Erases = true,
            };
        }, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private async Task<StoredEvent> AloneAsync(
        RequestKey key, ContentMac content, Func<RequestKey, ContentMac, EventDraft> draft, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            if (writer.FindRetry(key, content) is { } first)
            {
                return first;
            }

            if (!await view.WaitForAsync(ledger.Head, MostWait, time, cancellation))
            {
                throw new RuleViolation(ErrorReason.NotFresh, "", ("position", $"{view.Position}"));
            }

            Traps.Reach("erasure.before-append");
            var written = await writer.AppendAsync(draft(key, content), cancellation);
            Traps.Reach("erasure.after-append");
            return written.Event;
        }
        finally
        {
            gate.Release();
        }
    }

    private EventDraft Draft(long entity, long revision, EventKind kind, LegalHold hold, string reason, RequestKey key, ContentMac content) => new()
    {
        Entity = entity,
        Revision = revision,
        Kind = kind,
        Open = new LedgerEvent { Kind = kind, LegalHold = hold, Reason = reason, Actor = hold.Agency },
        RequestKey = key,
        ContentMac = content,
        Source = revision == 1 ? keys.Hold(hold.ListingId, hold.Agency) : null,
        Live = hold.Active,
    };

    // Its publisher, or who may end listings of its kind beside the publisher: a successor, a review body.
    private (StoredEvent Last, ListKind Kind) FindOf(Agency actor, string listingId, string operation)
    {
        if (ids.Parse(listingId) is { } entity && ledger.ErasedAt(entity) is { } erasedAt)
        {
            throw new RuleViolation(ErrorReason.ListingErased, "listing_id", ("position", $"{erasedAt}"));
        }

        var (_, last) = listings.Find(actor, new ListingTarget(listingId));
        var listing = ledger.OpenPart(last).Listing;
        var own = listing.Origin.Agency == actor.AgencyId;
        var kind = view.Catalogue.ListKind(listing.ListCode, LegalDay.Of(time.GetUtcNow()))
            ?? view.Catalogue.ListKind(listing.ListCode, LegalDay.Of(last.RecordedAt));
        // Of a recognised listing nobody here is the publisher: who may publish on its list keeps the time.
        var other = !own && kind is not null && (listing.Origin.Agreement.Length > 0
            ? AgencyRights.MayPublish(actor, kind)
            : AgencyRights.MayEnd(actor, kind) && kind.Enders.Contains(actor.Kind));
        if (!own && !other)
        {
            throw new RuleViolation(ErrorReason.ListingNotFound, "listing_id");
        }

        return kind is not null && (other || AgencyRights.MayPublish(actor, kind) || AgencyRights.MayEnd(actor, kind))
            ? (last, kind)
            : throw new RuleViolation(ErrorReason.ListNotPermitted, "", ("list_code", listing.ListCode), ("operation", operation));
    }

    private static void Check(string requestId, string reason, string authority, string document)
    {
        RequestFields.CheckRequestId(requestId);
        RequestFields.CheckReason(reason);
        TextRules.Check(authority, "authority", LongestText, required: true);
        TextRules.Check(document, "document", LongestText, required: true);
        // These texts stay when the listing goes.
        RequestFields.RefuseNumber(reason, "reason");
        RequestFields.RefuseNumber(authority, "authority");
        RequestFields.RefuseNumber(document, "document");
    }
}
