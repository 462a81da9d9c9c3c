using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Registry;

/// <summary>Publishes and changes listings: right, request key, rules, revision, in this order.</summary>
public sealed class ListingWriter(
    ILedger ledger, HubWriter writer, RequestKeys keys, ListingIds ids, LookupView view, TimeProvider time)
{
    /// <summary>Puts a subject on a list.</summary>
    /// <param name="actor">The publishing agency.</param>
    /// <param name="method">For the request key: retries count per method.</param>
    /// <param name="requestId">The caller's.</param>
    /// <param name="requested">As sent.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public ValueTask<Written> PublishAsync(
        Agency actor, string method, string requestId, Listing? requested, CancellationToken cancellation)
    {
        RequestFields.CheckRequestId(requestId);
        if (requested is null)
        {
            throw new RuleViolation(ErrorReason.Required, "listing");
        }

        CheckMayPublish(actor, requested.ListCode, "publish");
        var context = new ListingContext(view.Catalogue, actor, time.GetUtcNow());
        var input = ListingInput.Copy(requested);
        // The same id in another writing is the same content.
        if (SubjectIds.TryNormalise(input.Subject, "listing.subject", context.Today, out var subject, out _))
        {
            input.Subject = subject;
        }

        var request = keys.Request(actor.AgencyId, method, requestId);
        var content = keys.Content(input);
        EventDraft draft;
        try
        {
            var listing = ListingRules.PublishOwned(input, context);
            listing = Restore(listing, context);
            var entity = ledger.ReserveEntity();
            listing.ListingId = ids.Format(entity);
            draft = Draft(
                entity,
                new LedgerEvent { Kind = EventKind.Published, Listing = listing, Actor = actor.AgencyId },
                request,
                content,
                keys.Source(actor.AgencyId, listing.ListCode, listing.Subject, listing.SourceRef));
        }
        catch (RuleViolation)
            when (ledger.FindRequest(request) is not null)
        {
            return ValueTask.FromResult(new Written(writer.FindRetry(request, content)!, Replayed: true));
        }

        return writer.AppendAsync(draft, cancellation);
    }

    /// <summary>Changes a listing by a rule.</summary>
    /// <param name="actor">The agency that acts.</param>
    /// <param name="change">What to change, and how.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async ValueTask<Written> ChangeAsync(Agency actor, ListingChange change, CancellationToken cancellation)
    {
        RequestFields.CheckRequestId(change.RequestId);
        RequestFields.CheckReason(change.Reason);
        if (change.ExpectedRevision < 0 || (change.ExpectedRevision == 0 && !change.CurrentRevisionAllowed))
        {
            throw new RuleViolation(ErrorReason.RevisionRequired, "expected_revision");
        }

        var request = keys.Request(actor.AgencyId, change.Method, change.RequestId);
        var content = keys.Content(change.Content);
        while (true)
        {
            EventDraft draft;
            try
            {
                draft = Prepare(actor, change, request, content);
            }
            catch (RuleViolation)
                when (ledger.FindRequest(request) is not null)
            {
                return new Written(writer.FindRetry(request, content)!, Replayed: true);
            }

            try
            {
                return await writer.AppendAsync(draft, cancellation);
            }
            catch (RuleViolation violation)
                when (violation.Reason == ErrorReason.RevisionStale && change.ExpectedRevision == 0)
            {
                // An import that means the current revision: somebody was faster, so the current one is another now.
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private EventDraft Prepare(Agency actor, ListingChange change, RequestKey request, ContentMac content)
    {
        var (entity, last) = Find(actor, change.Target);
        var current = ledger.Open(last).Listing;
        CheckMayChange(actor, current, change);
        if (change.ExpectedRevision != 0 && change.ExpectedRevision != last.Revision)
        {
            throw HubWriter.Stale(change.ExpectedRevision, last.Revision);
        }

        var listing = change.Rule(current, new ListingContext(view.Catalogue, actor, time.GetUtcNow()));
        listing.Position = 0;
        return Draft(
            entity,
            new LedgerEvent { Kind = change.Kind, Listing = listing, Reason = change.Reason, Actor = actor.AgencyId },
            request,
            content,
            source: null);
    }

    /// <summary>The listing that a request names, and its last event.</summary>
    /// <exception cref="RuleViolation">LISTING_NOT_FOUND.</exception>
    public (long Entity, StoredEvent Last) Find(Agency actor, ListingTarget target)
    {
        var entity = target.ListingId.Length > 0 ? ids.Parse(target.ListingId) : FindBySource(actor, target);
        var last = entity is null ? null : ledger.Last(entity.Value);
        return last is null || last.IsErased || ledger.OpenPart(last).BodyCase != LedgerEvent.BodyOneofCase.Listing
            ? throw new RuleViolation(ErrorReason.ListingNotFound, "listing_id")
            : (entity!.Value, last);
    }

    /// <summary>A draft of a listing's event.</summary>
    internal EventDraft Draft(long entity, LedgerEvent whole, RequestKey? request, ContentMac? content, SourceKey? source, bool background = false)
    {
        var subjects = SubjectEntries.Of(whole.Listing, ledger.Keys, view.Catalogue);
        var (open, personal) = PersonalParts.SplitOwned(whole);
        return new EventDraft
        {
            Entity = entity,
            Revision = open.Listing.Revision,
            Kind = open.Kind,
            Open = open,
            Personal = personal,
            RequestKey = request,
            ContentMac = content,
            Source = source,
            // What the origin tells of a recognised listing after its end must still find it.
            Live = open.Listing.Origin.Agreement.Length > 0 || !ListingStateMachine.IsFinal(open.Listing.State),
            State = open.Listing.State,
            Subjects = subjects,
            Background = background,
        };
    }

    private DateOnly Today => Domain.Catalogues.LegalDay.Of(time.GetUtcNow());

    private long? FindBySource(Agency actor, ListingTarget target)
    {
        if (target.ListCode.Length == 0 || target.SourceRef.Length == 0 || target.Subject is null)
        {
            throw new RuleViolation(ErrorReason.Required, "listing_id");
        }

        var subject = SubjectIds.Normalise(target.Subject, "subject", Domain.Catalogues.LegalDay.Of(time.GetUtcNow()));
        return ledger.FindSource(keys.Source(actor.AgencyId, target.ListCode, subject, target.SourceRef.Trim()));
    }

    private void CheckMayPublish(Agency actor, string listCode, string operation)
    {
        if (!view.Catalogue.KnowsList(listCode))
        {
            throw new RuleViolation(ErrorReason.ListUnknown, "listing.list_code", ("list_code", RequestFields.Quote(listCode)));
        }

        if (view.Catalogue.ListKind(listCode, Today) is not { } kind || !AgencyRights.MayPublish(actor, kind))
        {
            throw new RuleViolation(ErrorReason.ListNotPermitted, "", ("list_code", listCode), ("operation", operation));
        }
    }

    // Only who listed may change; who may end is wider: a successor or a review body, by the list kind.
    private void CheckMayChange(Agency actor, Listing current, ListingChange change)
    {
        if (current.Origin.Agreement.Length > 0)
        {
            throw new RuleViolation(ErrorReason.ListingRecognised, "listing_id", ("region", current.Origin.Region));
        }

        var own = current.Origin.Agency == actor.AgencyId;
        var kind = view.Catalogue.ListKind(current.ListCode, Today);
        var may = kind is not null && (change.Kind is EventKind.Ended or EventKind.Repaired
            ? AgencyRights.MayEnd(actor, kind) && (own || kind.Enders.Contains(actor.Kind))
            : own && AgencyRights.MayPublish(actor, kind));
        if (!may)
        {
            throw own
                ? new RuleViolation(ErrorReason.ListNotPermitted, "", ("list_code", current.ListCode), ("operation", change.Method))
                : new RuleViolation(ErrorReason.ListingNotFound, "listing_id");
        }
    }

    private Listing Restore(Listing listing, ListingContext context)
    {
        if (listing.RestoresListingId.Length == 0)
        {
            return listing;
        }

        var old = ids.Parse(listing.RestoresListingId) is { } entity ? ledger.Last(entity) : null;
        if (old is null || old.IsErased || ledger.OpenPart(old).Listing is not { Origin.Agreement: "" })
        {
            throw new RuleViolation(ErrorReason.RestoresInvalid, "listing.restores_listing_id");
        }

        return Restores.CheckRestores(listing, ledger.Open(old).Listing, context);
    }
}
