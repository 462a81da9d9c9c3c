using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Grpc.Core;
using Service = CreditExchange.V1.AgencyService;

namespace CreditExchange.Hub.Agencies;

/// <summary>Organisations and their rights: see agency_service.proto.</summary>
public sealed class AgencyService(ILedger ledger, RightsView rights, HubWriter writer) : Service.AgencyServiceBase
{
    /// <inheritdoc/>
    public override Task<GetAgencyResponse> GetAgency(GetAgencyRequest request, ServerCallContext context) =>
        Task.FromResult(new GetAgencyResponse { Agency = Find(request.AgencyId) });

    /// <inheritdoc/>
    public override Task<ListAgenciesResponse> ListAgencies(ListAgenciesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListAgenciesResponse { Agencies = { rights.All } });

    /// <inheritdoc/>
    public override async Task<PutAgencyResponse> PutAgency(PutAgencyRequest request, ServerCallContext context)
    {
        RequestFields.CheckRequestId(request.RequestId);
        RequestFields.CheckReason(request.Reason);
        var agency = request.Agency?.Clone() ?? throw new RuleViolation(ErrorReason.Required, "agency");
        AgencyRules.Validate(agency);
        var stored = await writer.PutAgencyAsync(
            agency, request.ExpectedRevision, request.Reason, context.Caller().AgencyId, "PutAgency", request.RequestId, context.CancellationToken);
        return new PutAgencyResponse { Agency = ledger.OpenPart(stored).Agency, Position = stored.Position, LedgerId = ledger.LedgerId };
    }

    /// <inheritdoc/>
    public override async Task<RevokeAgencyResponse> RevokeAgency(RevokeAgencyRequest request, ServerCallContext context)
    {
        RequestFields.CheckRequestId(request.RequestId);
        RequestFields.CheckReason(request.Reason);
        var agency = Find(request.AgencyId).Clone();
        var seen = agency.Revision;
        agency.Revoked = true;
        var stored = await writer.PutAgencyAsync(
            agency, seen, request.Reason, context.Caller().AgencyId, "RevokeAgency", request.RequestId, context.CancellationToken);
        return new RevokeAgencyResponse { Agency = ledger.OpenPart(stored).Agency, Position = stored.Position, LedgerId = ledger.LedgerId };
    }

    private Agency Find(string agencyId) =>
        rights.Find(agencyId) ?? throw new RuleViolation(ErrorReason.AgencyNotFound, "agency_id", ("agency_id", RequestFields.Quote(agencyId)));
}
