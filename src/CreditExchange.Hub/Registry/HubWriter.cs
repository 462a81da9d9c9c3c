using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Registry;

/// <summary>
/// The one way into the ledger: appends a checked draft and says what became of it. A retry gets the event of the first
/// request, from which its answer is derived; everything else that keeps a draft out is a violation.
/// </summary>
public sealed class HubWriter(ILedger ledger, RequestKeys keys, RightsView rights, LookupView view, TimeProvider time)
{
    /// <summary>Name of the hub itself as an actor.</summary>
    public const string Hub = "hub";

    // All activations are revisions of one entity, so that two at the same time can't both count.
    private long? catalogueEntity;

    /// <summary>Appends and waits until it is durable.</summary>
    /// <exception cref="RuleViolation">REQUEST_ID_REUSED, REVISION_STALE or SOURCE_REF_TAKEN.</exception>
    public ValueTask<Written> AppendAsync(EventDraft draft, CancellationToken cancellation) =>
        OutcomeAsync(ledger.AppendAsync(draft, cancellation), draft.Revision - 1);

    // Without the draft, so that its messages need not live until the commit.
    private static async ValueTask<Written> OutcomeAsync(ValueTask<AppendResult> appending, long expected) =>
        await appending switch
        {
            AppendResult.Committed c => new Written(c.Event, Replayed: false),
            AppendResult.RequestSeen seen => new Written(Same(seen.First, seen.SameContent), Replayed: true),
            AppendResult.RevisionStale stale => throw Stale(expected, stale.Actual),
            AppendResult.SourceRefTaken => throw new RuleViolation(ErrorReason.SourceRefTaken, "listing.source_ref"),
            var other => throw new InvalidOperationException($"Unknown outcome {other}."),
        };

    /// <summary>
    /// The event that this request made before; null when it is new. Asked when a rule refuses: what was lawful the first
    /// time must get its first answer, even if the same would be refused today.
    /// </summary>
    /// <exception cref="RuleViolation">REQUEST_ID_REUSED.</exception>
    public StoredEvent? FindRetry(RequestKey request, ContentMac content) =>
        ledger.FindRequest(request) is { } first ? Same(first, first.ContentMac == content) : null;

    /// <summary>The violation of a caller who saw an older revision.</summary>
    public static RuleViolation Stale(long expected, long actual) => new(
        ErrorReason.RevisionStale, "expected_revision", ("expected", $"{expected}"), ("actual", $"{actual}"));

    /// <summary>The event with which this request brought a catalogue into force before; null when it is new.</summary>
    /// <exception cref="RuleViolation">REQUEST_ID_REUSED.</exception>
    public StoredEvent? FindActivation(CatalogueIndex index, string actor, string requestId) =>
        FindRetry(keys.Request(actor, "ActivateCatalogue", requestId), keys.Content(index.Bytes));

    /// <summary>Brings a linted catalogue into force.</summary>
    public async Task<StoredEvent> ActivateCatalogueAsync(
        CatalogueIndex index, string actor, string requestId, CancellationToken cancellation)
    {
        var entity = catalogueEntity ??= (view.HasCatalogue ? ledger.Read(view.CataloguePosition, 1)[0].Entity : ledger.ReserveEntity());
        var last = ledger.Last(entity)?.Revision ?? 0;
        var body = new CatalogueVersion { Digest = index.Digest, From = Timestamp.FromDateTimeOffset(time.GetUtcNow()) };
        var written = await AppendAsync(
            new EventDraft
            {
                Entity = entity,
                Revision = last + 1,
                Kind = EventKind.CatalogueActivated,
                Open = new LedgerEvent { Kind = EventKind.CatalogueActivated, Catalogue = body, Actor = actor },
                RequestKey = keys.Request(actor, "ActivateCatalogue", requestId),
                ContentMac = keys.Content(index.Bytes),
                Catalogue = new CatalogueBytes(index.Digest, index.Bytes),
            },
            cancellation);
        return written.Event;
    }

    /// <summary>Adds an agency or replaces what is known of it.</summary>
    /// <param name="agency">Validated.</param>
    /// <param name="expected">The revision last seen; 0: it must be new.</param>
    /// <param name="reason">Why.</param>
    /// <param name="actor">Who changes it.</param>
    /// <param name="method">Name of the method, for the request key.</param>
    /// <param name="requestId">The caller's.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<StoredEvent> PutAgencyAsync(
        Agency agency, long expected, string reason, string actor, string method, string requestId, CancellationToken cancellation)
    {
        agency.Revision = 0;
        var request = keys.Request(actor, method, requestId);
        var content = method == "RevokeAgency"
            ? keys.Content(System.Text.Encoding.UTF8.GetBytes($"{agency.AgencyId}\0{reason}"))
            : keys.Content(new PutAgencyRequest { Agency = agency, ExpectedRevision = expected, Reason = reason }.ToByteArray());
        if (FindRetry(request, content) is { } first)
        {
            return first;
        }

        var known = rights.EntityOf(agency.AgencyId);
        var actual = known is null ? 0 : ledger.Last(known.Value)!.Revision;
        if (actual != expected)
        {
            // The same request, sent twice at once, may have got in since the look above.
            return FindRetry(request, content) ?? throw Stale(expected, actual);
        }

        agency.Revision = expected + 1;
        var written = await AppendAsync(
            new EventDraft
            {
                Entity = known ?? ledger.ReserveEntity(),
                Revision = agency.Revision,
                Kind = EventKind.AgencyChanged,
                Open = new LedgerEvent { Kind = EventKind.AgencyChanged, Agency = agency, Reason = reason, Actor = actor },
                RequestKey = request,
                ContentMac = content,
                Source = expected == 0 ? keys.AgencyId(agency.AgencyId) : null,
            },
            cancellation);
        return written.Event;
    }

    private static StoredEvent Same(StoredEvent first, bool sameContent) =>
        sameContent ? first : throw new RuleViolation(ErrorReason.RequestIdReused, "request_id");
}
