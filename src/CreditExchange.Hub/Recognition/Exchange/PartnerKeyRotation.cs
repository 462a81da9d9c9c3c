using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Recognition;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>
/// Brings another version of a partner's token key into force and lets the old one go: when the partner has told everything under the new one,
/// and nothing that lives is filed under the old.
/// </summary>
public sealed class PartnerKeyRotation(
    ILedger ledger, HubWriter writer, RequestKeys keys, PartnerKeyVersions versions, PartnerBook partners, LookupView view, TimeProvider time,
    ILogger<PartnerKeyRotation> logger) : BackgroundService
{
    private const int Page = 1_000;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim gate = new(1);
    private readonly Dictionary<string, long> looked = new(StringComparer.Ordinal);

    /// <summary>Makes the next version.</summary>
    /// <exception cref="RuleViolation">KEY_ROTATION_RUNNING, REQUEST_ID_REUSED.</exception>
    public async Task<uint> RotateAsync(string actor, RotatePartnerKeyRequest request, CancellationToken cancellation)
    {
        var requestKey = keys.Request(actor, "RotatePartnerKey", request.RequestId);
        var content = keys.Content(request.ToByteArray());
        await gate.WaitAsync(cancellation);
        try
        {
            if (writer.FindRetry(requestKey, content) is { } first)
            {
                return ledger.OpenPart(first).PartnerKeys.Versions[^1];
            }

            var now = versions.Of(request.Region);
            if (now.Count > 1)
            {
                throw new RuleViolation(ErrorReason.KeyRotationRunning);
            }

            var written = await WriteAsync(request.Region, [.. now, now[^1] + 1], actor, request.Reason, requestKey, content, cancellation);
            return ledger.OpenPart(written).PartnerKeys.Versions[^1];
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        gate.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var region in partners.Regions.Where(r => versions.Of(r).Count > 1))
                {
                    await TryRetireAsync(region, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    private async Task TryRetireAsync(string region, CancellationToken cancellation)
    {
        var newest = versions.Of(region)[^1];
        var state = partners.Of(region).Incoming.State;
        if (partners.TermsOf(region) is not { InForce.Count: > 0 } terms || terms.InForce.Any(a => state.ThroughOf(a, newest) < state.Position)
            || looked.GetValueOrDefault(region) == state.Position)
        {
            return;
        }

        looked[region] = state.Position;
        try
        {
            await gate.WaitAsync(cancellation);
            try
            {
                if (!await Task.Run(() => HasOlder(region, newest, cancellation), cancellation))
                {
                    await WriteAsync(region, [newest], HubWriter.Hub, "everything was told under the new version", null, null, cancellation);
                    ExchangeLog.KeyRetired(logger, region, newest);
                }
            }
            finally
            {
                gate.Release();
            }
        }
        catch (LedgerUnavailableException)
        {
            // Looked at again when the partner has said something new.
            looked.Remove(region);
        }
    }

    private bool HasOlder(string region, uint newest, CancellationToken cancellation)
    {
        for (long after = 0; ledger.ReadState(after, Page) is { Count: > 0 } page; after = page[^1].Entity)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var row in page)
            {
                if (ListingStateMachine.IsLive(row.State) && row.Event is { } stored && ledger.OpenPart(stored).Listing?.Origin is { Agreement.Length: > 0 } origin
                    && RegionReach.LiesIn(origin.Region, region) && ledger.Open(stored).Listing is { Subject: null, SubjectToken: { } token }
                    && token.KeyVersion != newest)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private async Task<StoredEvent> WriteAsync(
        string region, IReadOnlyList<uint> live, string actor, string reason, RequestKey? request, ContentMac? content, CancellationToken cancellation)
    {
        var entity = versions.EntityOf(region);
        var written = await writer.AppendAsync(
            new EventDraft
            {
                Entity = entity ?? ledger.ReserveEntity(),
                Revision = (entity is { } known ? ledger.Last(known)!.Revision : 0) + 1,
                Kind = EventKind.PartnerKeysChanged,
                Open = new LedgerEvent
                {
                    Kind = EventKind.PartnerKeysChanged,
                    PartnerKeys = new PartnerKeys { Region = region, Versions = { live } },
                    Reason = reason,
                    Actor = actor,
                },
                RequestKey = request,
                ContentMac = content,
            },
            cancellation);
        await view.WaitForAsync(written.Event.Position, MostWait, time, cancellation);
        return written.Event;
    }
}
