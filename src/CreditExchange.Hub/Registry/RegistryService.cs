using CreditExchange.Domain.Agencies;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Grpc.Core;
using Service = CreditExchange.V1.RegistryService;

namespace CreditExchange.Hub.Registry;

/// <summary>Agencies write: see registry_service.proto. Answers are derived from the event, so a retry's is the first one's.</summary>
public sealed class RegistryService(
    ILedger ledger, ListingWriter listings, ListingReader reader, LinkWriter links, ListingImport import)
    : Service.RegistryServiceBase
{
    /// <inheritdoc/>
    public override async Task<PublishListingResponse> PublishListing(PublishListingRequest request, ServerCallContext context)
    {
        var written = await listings.PublishAsync(
            Actor(context), "PublishListing", request.RequestId, request.Listing, context.CancellationToken);
        return new PublishListingResponse { Listing = reader.AsPublisher(written.Event), LedgerId = ledger.LedgerId };
    }

    /// <inheritdoc/>
    public override async Task<AmendListingResponse> AmendListing(AmendListingRequest request, ServerCallContext context) =>
        new() { Listing = await ChangeAsync(ListingChange.Amend(request), context), LedgerId = ledger.LedgerId };

    /// <inheritdoc/>
    public override async Task<SuspendListingResponse> SuspendListing(SuspendListingRequest request, ServerCallContext context) =>
        new() { Listing = await ChangeAsync(ListingChange.Suspend(request), context), LedgerId = ledger.LedgerId };

    /// <inheritdoc/>
    public override async Task<ReinstateListingResponse> ReinstateListing(ReinstateListingRequest request, ServerCallContext context) =>
        new() { Listing = await ChangeAsync(ListingChange.Reinstate(request), context), LedgerId = ledger.LedgerId };

    /// <inheritdoc/>
    public override async Task<WithdrawListingResponse> WithdrawListing(WithdrawListingRequest request, ServerCallContext context) =>
        new() { Listing = await ChangeAsync(ListingChange.Withdraw(request), context), LedgerId = ledger.LedgerId };

    /// <inheritdoc/>
    public override async Task<EndListingResponse> EndListing(EndListingRequest request, ServerCallContext context) =>
        new() { Listing = await ChangeAsync(ListingChange.End(request), context), LedgerId = ledger.LedgerId };

    /// <inheritdoc/>
    public override Task ImportListings(
        IAsyncStreamReader<ImportListingsRequest> requestStream,
        IServerStreamWriter<ImportListingsResponse> responseStream,
        ServerCallContext context) =>
        import.RunAsync(requestStream, responseStream, context.Caller(), context.Language(), context.Trace(), context.CancellationToken);

    /// <inheritdoc/>
    public override async Task<GetListingResponse> GetListing(GetListingRequest request, ServerCallContext context) => new()
    {
        Listing = await reader.GetAsync(request, context.Caller(), context.Deadline, context.CancellationToken),
        LedgerId = ledger.LedgerId,
    };

    /// <inheritdoc/>
    public override Task<ListListingsResponse> ListListings(ListListingsRequest request, ServerCallContext context) =>
        Task.FromResult(reader.List(request, context.Caller(), context.CancellationToken));

    /// <inheritdoc/>
    public override async Task<LinkSubjectsResponse> LinkSubjects(LinkSubjectsRequest request, ServerCallContext context)
    {
        var stored = await links.LinkAsync(context.Caller().Require(Scopes.LinkSubjects), request, context.CancellationToken);
        return new LinkSubjectsResponse
        {
            Link = ledger.Open(stored).SubjectLink,
            Position = stored.Position,
            LedgerId = ledger.LedgerId,
        };
    }

    /// <inheritdoc/>
    public override async Task<UnlinkSubjectsResponse> UnlinkSubjects(UnlinkSubjectsRequest request, ServerCallContext context)
    {
        var stored = await links.UnlinkAsync(context.Caller().Require(Scopes.LinkSubjects), request, context.CancellationToken);
        return new UnlinkSubjectsResponse
        {
            Link = ledger.Open(stored).SubjectLink,
            Position = stored.Position,
            LedgerId = ledger.LedgerId,
        };
    }

    private async Task<Listing> ChangeAsync(ListingChange change, ServerCallContext context) =>
        reader.AsPublisher((await listings.ChangeAsync(Actor(context), change, context.CancellationToken)).Event);

    private static Agency Actor(ServerCallContext context) => context.Caller().Require(Scopes.Publish);
}
