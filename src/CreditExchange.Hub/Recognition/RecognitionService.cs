using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Recognition.Exchange;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Grpc.Core;
using Service = CreditExchange.V1.RecognitionService;

namespace CreditExchange.Hub.Recognition;

/// <summary>Agreements and flags: see recognition_service.proto.</summary>
public sealed class RecognitionService(
    ILedger ledger, AgreementWriter writer, FlagWriter flags, AgreementsView agreements, ExchangeKey own, ExchangeCalls exchange, TimeProvider time)
    : Service.RecognitionServiceBase
{
    /// <inheritdoc/>
    public override Task<DescribePartyResponse> DescribeParty(DescribePartyRequest request, ServerCallContext context) =>
        Task.FromResult(new DescribePartyResponse { Party = own.Party() });

    /// <inheritdoc/>
    public override async Task<ProposeAgreementResponse> ProposeAgreement(ProposeAgreementRequest request, ServerCallContext context) => new()
    {
        Status = StatusOf(await writer.ProposeAsync(Operator(context), request.RequestId, request.Terms, context.CancellationToken)),
        LedgerId = ledger.LedgerId,
    };

    /// <inheritdoc/>
    public override async Task<CountersignAgreementResponse> CountersignAgreement(
        CountersignAgreementRequest request, ServerCallContext context) => new()
        {
            Status = StatusOf(await writer.CountersignAsync(Operator(context), request.RequestId, request.Signed, context.CancellationToken)),
            LedgerId = ledger.LedgerId,
        };

    /// <inheritdoc/>
    public override async Task<SuspendAgreementResponse> SuspendAgreement(SuspendAgreementRequest request, ServerCallContext context) => new()
    {
        Status = StatusOf(await writer.SuspendAsync(Operator(context), own.Region, request, context.CancellationToken)),
        LedgerId = ledger.LedgerId,
    };

    /// <inheritdoc/>
    public override async Task<ResumeAgreementResponse> ResumeAgreement(ResumeAgreementRequest request, ServerCallContext context) => new()
    {
        Status = StatusOf(await writer.ResumeAsync(Operator(context), own.Region, request, context.CancellationToken)),
        LedgerId = ledger.LedgerId,
    };

    /// <inheritdoc/>
    public override async Task<EndAgreementResponse> EndAgreement(EndAgreementRequest request, ServerCallContext context) => new()
    {
        Status = StatusOf(await writer.EndAsync(Operator(context), own.Region, request, context.CancellationToken)),
        LedgerId = ledger.LedgerId,
    };

    /// <inheritdoc/>
    public override Task<GetAgreementResponse> GetAgreement(GetAgreementRequest request, ServerCallContext context)
    {
        Operator(context);
        var known = agreements.Get(request.AgreementId);
        return Task.FromResult(new GetAgreementResponse { Status = StatusOf(known.Agreement), LedgerId = ledger.LedgerId });
    }

    /// <inheritdoc/>
    public override Task<ListAgreementsResponse> ListAgreements(ListAgreementsRequest request, ServerCallContext context)
    {
        Operator(context);
        return Task.FromResult(new ListAgreementsResponse
        {
            Agreements = { agreements.All.Select(known => StatusOf(known.Agreement)) },
            LedgerId = ledger.LedgerId,
        });
    }

    /// <inheritdoc/>
    public override async Task<FlagListingResponse> FlagListing(FlagListingRequest request, ServerCallContext context)
    {
        var stored = await flags.FlagAsync(context.Caller().Require(Scopes.Publish), request, context.CancellationToken);
        return new FlagListingResponse { Flag = ledger.OpenPart(stored).ListingFlag, Position = stored.Position, LedgerId = ledger.LedgerId };
    }

    /// <inheritdoc/>
    public override async Task<UnflagListingResponse> UnflagListing(UnflagListingRequest request, ServerCallContext context)
    {
        var stored = await flags.UnflagAsync(context.Caller().Require(Scopes.Publish), request, context.CancellationToken);
        return new UnflagListingResponse { Flag = ledger.OpenPart(stored).ListingFlag, Position = stored.Position, LedgerId = ledger.LedgerId };
    }

    /// <inheritdoc/>
    public override Task Exchange(
        IAsyncStreamReader<ExchangeRequest> requestStream, IServerStreamWriter<ExchangeResponse> responseStream, ServerCallContext context) =>
        exchange.ExchangeAsync(requestStream, responseStream, context);

    /// <inheritdoc/>
    public override Task<ListPartnersResponse> ListPartners(ListPartnersRequest request, ServerCallContext context) =>
        Task.FromResult(exchange.List(context));

    /// <inheritdoc/>
    public override Task<AdmitEpochResponse> AdmitEpoch(AdmitEpochRequest request, ServerCallContext context) => exchange.AdmitAsync(request, context);

    /// <inheritdoc/>
    public override Task<RotatePartnerKeyResponse> RotatePartnerKey(RotatePartnerKeyRequest request, ServerCallContext context) =>
        exchange.RotateAsync(request, context);

    private static string Operator(ServerCallContext context) => context.Caller().Require(Scopes.System).AgencyId;

    // As of its own event: a retry gets the first answer.
    private AgreementStatus StatusOf(StoredEvent stored)
    {
        var agreement = ledger.OpenPart(stored).Agreement.Clone();
        agreement.Position = stored.Position;
        return StatusOf(agreement);
    }

    private AgreementStatus StatusOf(Agreement agreement)
    {
        var terms = AgreementTerms.Parser.ParseFrom(agreement.Signed.Terms);
        return new AgreementStatus
        {
            Agreement = agreement,
            Terms = terms,
            Partner = terms.Parties.FirstOrDefault(p => !own.IsUsed || p.Region != own.Region)?.Region ?? "",
            Counts = agreement.State == AgreementState.InForce && LegalDay.Covers(terms.From, terms.Until, LegalDay.Of(time.GetUtcNow())),
        };
    }
}
