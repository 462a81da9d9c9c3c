using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Registry;

/// <summary>Records that two ids belong to one subject, and revokes such records.</summary>
public sealed class LinkWriter(ILedger ledger, HubWriter writer, RequestKeys keys, ListingIds ids, TimeProvider time)
{
    /// <summary>Links two ids.</summary>
    public async Task<StoredEvent> LinkAsync(Agency actor, LinkSubjectsRequest request, CancellationToken cancellation)
    {
        RequestFields.CheckRequestId(request.RequestId);
        RequestFields.CheckReason(request.Reason);
        var today = LegalDay.Of(time.GetUtcNow());
        var link = SubjectLinks.Validate(request.Link ?? throw new RuleViolation(ErrorReason.Required, "link"), today);
        var key = keys.Request(actor.AgencyId, "LinkSubjects", request.RequestId);
        var content = keys.Content(new LinkSubjectsRequest { Link = link, Reason = request.Reason });
        if (writer.FindRetry(key, content) is { } first)
        {
            return first;
        }

        var entity = ledger.ReserveEntity();
        link.LinkId = ids.Format(entity);
        link.Agency = actor.AgencyId;
        link.Active = true;
        try
        {
            var written = await writer.AppendAsync(
                Draft(entity, 1, EventKind.SubjectLinked, link, request.Reason, actor, key, content) with { Source = keys.Link(link.From, link.To) },
                cancellation);
            return written.Event;
        }
        catch (RuleViolation violation) when (violation.Reason == ErrorReason.SourceRefTaken)
        {
            throw new RuleViolation(ErrorReason.LinkInvalid, "link", ("cause", "already linked"));
        }
    }

    /// <summary>Revokes a link of the same agency.</summary>
    public async Task<StoredEvent> UnlinkAsync(Agency actor, UnlinkSubjectsRequest request, CancellationToken cancellation)
    {
        RequestFields.CheckRequestId(request.RequestId);
        RequestFields.CheckReason(request.Reason);
        var key = keys.Request(actor.AgencyId, "UnlinkSubjects", request.RequestId);
        var content = keys.Content(new UnlinkSubjectsRequest { LinkId = request.LinkId, Reason = request.Reason });
        if (writer.FindRetry(key, content) is { } first)
        {
            return first;
        }

        var last = ids.Parse(request.LinkId) is { } entity ? ledger.Last(entity) : null;
        var link = last is { IsErased: false } ? ledger.Open(last).SubjectLink : null;
        if (link is null || link.Agency != actor.AgencyId)
        {
            throw new RuleViolation(ErrorReason.LinkNotFound, "link_id");
        }

        if (!link.Active)
        {
            // The same request, sent twice at once, may have got in since the look above.
            return writer.FindRetry(key, content) ?? throw new RuleViolation(ErrorReason.LinkInvalid, "link_id", ("cause", "not active"));
        }

        link = link.Clone();
        link.Active = false;
        var written = await writer.AppendAsync(
            Draft(last!.Entity, last.Revision + 1, EventKind.SubjectUnlinked, link, request.Reason, actor, key, content), cancellation);
        return written.Event;
    }

    private EventDraft Draft(
        long entity, long revision, EventKind kind, SubjectLink link, string reason, Agency actor, RequestKey key, ContentMac content)
    {
        var (open, personal) = PersonalParts.Split(
            new LedgerEvent { Kind = kind, SubjectLink = link, Reason = reason, Actor = actor.AgencyId });
        return new EventDraft
        {
            Entity = entity,
            Revision = revision,
            Kind = kind,
            Open = open,
            Personal = personal,
            RequestKey = key,
            ContentMac = content,
            Live = link.Active,
            Subjects = SubjectEntries.Of(link, ledger.Keys),
        };
    }
}
