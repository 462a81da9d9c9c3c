using CreditExchange.AccessLog;
using CreditExchange.Domain.Masks;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Updates;
using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;
using CreditExchange.Streaming.Relay;
using CreditExchange.V1;

namespace CreditExchange.Hub.Streams;

/// <summary>What an audience sees: by the same mask as a watcher of its agency, with tokens of its own key.</summary>
public sealed class AudienceEvents(EventDelivery delivery, RightsView rights, AccessRecords records, RequestNames names, TimeProvider time)
    : IAudienceEvents
{
    private const string Method = "Relay";

    /// <inheritdoc/>
    public Task ReachAsync(long position, CancellationToken cancellation) => delivery.ReachAsync(position, time, cancellation);

    /// <inheritdoc/>
    public (LedgerEvent Whole, LedgerEvent Seen) See(StoredEvent stored, Audience audience) =>
        delivery.ToAudience(stored, ViewerOf(audience), audience.TokenOf);

    /// <inheritdoc/>
    public void Delivering(Audience audience, long from, long to, IReadOnlyList<string> listingIds) =>
        records.Delivered(
            new CallTrace(names.Next("").RequestId, $"{Method}/{audience.Name}") { AgencyId = audience.Options.Agency }, from, to, listingIds);

    // The default audience needs no agency in the ledger until somebody asks for keys; one that was revoked sees nothing more.
    private Viewer ViewerOf(Audience audience) => rights.Find(audience.Options.Agency) is { } agency
        ? new Viewer(agency.AgencyId, agency.Revoked ? RecipientKind.Unspecified : agency.Rights?.Recipient ?? RecipientKind.Unspecified)
        : new Viewer("", RecipientKind.Platform);
}
