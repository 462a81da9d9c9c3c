using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Registry;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>The calls of the exchange: of a partner's hub, and of this hub's operator.</summary>
public sealed class ExchangeCalls(
    SessionParts parts, ExchangeSession sessions, PartnersReport report, PartnerKeyRotation rotation, IHostApplicationLifetime life) : IDisposable
{
    private readonly SemaphoreSlim admitting = new(1);

    /// <summary>A partner's hub calls.</summary>
    public async Task ExchangeAsync(
        IAsyncStreamReader<ExchangeRequest> requests, IServerStreamWriter<ExchangeResponse> responses, ServerCallContext context)
    {
        var caller = context.Caller();
        if (!parts.Own.IsUsed)
        {
            throw new RuleViolation(ErrorReason.NoExchangeKey, "", ("what", "Recognition:Region"));
        }

        var terms = PartnerTerms.OfHub(parts.Agreements, parts.Own.Region, caller.AgencyId, LegalDay.Of(parts.Time.GetUtcNow()));
        using var lease = new StreamLease(caller, Scopes.Exchange, parts.Time, context.CancellationToken, life.ApplicationStopping);
        try
        {
            await sessions.RunAsync(terms, new ServerPipe(requests, responses), isDialler: false, context.Trace(), lease.Token);
            if (lease.Fault is { } fault)
            {
                throw fault;
            }
        }
        catch (Exception error) when (lease.Fault is { } fault && error is OperationCanceledException or IOException or InvalidOperationException)
        {
            throw fault;
        }
    }

    /// <summary>How the exchange with each partner stands.</summary>
    public ListPartnersResponse List(ServerCallContext context)
    {
        context.Caller().Require(Scopes.System);
        return new ListPartnersResponse { Partners = { report.All() }, LedgerId = parts.Ledger.LedgerId };
    }

    /// <summary>Goes on with a restored partner.</summary>
    public async Task<AdmitEpochResponse> AdmitAsync(AdmitEpochRequest request, ServerCallContext context)
    {
        context.Caller().Require(Scopes.System);
        RequestFields.CheckRequestId(request.RequestId);
        RequestFields.CheckReason(request.Reason);
        RequestFields.RefuseNumber(request.Reason, "reason");
        var partner = Find(request.Region);
        await admitting.WaitAsync(context.CancellationToken);
        try
        {
            // A retry finds what it asked for.
            if (partner.Incoming.State.LedgerId != request.LedgerId)
            {
                if (partner.Session is { } session)
                {
                    await session.EndAsync();
                }

                await partner.Incoming.AdmitAsync(request.LedgerId);
                partner.Note(null);
                ExchangeLog.Admitted(parts.Logger, request.Region, request.LedgerId);
            }
        }
        finally
        {
            admitting.Release();
        }

        return new AdmitEpochResponse { Partner = report.Of(request.Region) };
    }

    /// <summary>Makes the next token key for a partner.</summary>
    public async Task<RotatePartnerKeyResponse> RotateAsync(RotatePartnerKeyRequest request, ServerCallContext context)
    {
        var actor = context.Caller().Require(Scopes.System).AgencyId;
        RequestFields.CheckRequestId(request.RequestId);
        RequestFields.CheckReason(request.Reason);
        RequestFields.RefuseNumber(request.Reason, "reason");
        Find(request.Region);
        var version = await rotation.RotateAsync(actor, request, context.CancellationToken);
        return new RotatePartnerKeyResponse { Version = version };
    }

    /// <inheritdoc/>
    public void Dispose() => admitting.Dispose();

    private Partner Find(string region) => parts.Partners.Regions.Contains(region)
        ? parts.Partners.Of(region)
        : throw new RuleViolation(ErrorReason.PartnerNotFound, "region", ("region", Domain.Recognition.RegionReach.IsRegion(region) ? region : "?"));
}
