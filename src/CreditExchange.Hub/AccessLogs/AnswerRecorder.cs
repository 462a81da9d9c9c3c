using CreditExchange.Domain.Catalogues;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace CreditExchange.Hub.AccessLogs;

/// <summary>
/// Writes down each answer to a single call before it leaves, by what the answer is: one table, so that a new method can't be
/// forgotten. Checks and streams are written down item by item where they are made.
/// </summary>
public sealed class AnswerRecorder(AccessRecords records, RequestIdText requestIds, TimeProvider time) : Interceptor
{
    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        var response = await continuation(request, context);
        if (context.Trace() is { Method.Length: > 0 } trace && Describe(trace, request, response) is { } record)
        {
            Traps.Reach("answer.before-record");
            records.Append(record);
            Traps.Reach("answer.after-record");
        }

        return response;
    }

    private AccessRecord? Describe(CallTrace trace, object request, object response) => (request, response) switch
    {
        (CheckSubjectRequest, _) or (BatchCheckSubjectsRequest, _) => null,
        (PublishListingRequest q, PublishListingResponse r) => Listing(trace, q.RequestId, r.Listing, r.LedgerId),
        (AmendListingRequest q, AmendListingResponse r) => Listing(trace, q.RequestId, r.Listing, r.LedgerId),
        (SuspendListingRequest q, SuspendListingResponse r) => Listing(trace, q.RequestId, r.Listing, r.LedgerId),
        (ReinstateListingRequest q, ReinstateListingResponse r) => Listing(trace, q.RequestId, r.Listing, r.LedgerId),
        (WithdrawListingRequest q, WithdrawListingResponse r) => Listing(trace, q.RequestId, r.Listing, r.LedgerId),
        (EndListingRequest q, EndListingResponse r) => Listing(trace, q.RequestId, r.Listing, r.LedgerId),
        (GetListingRequest, GetListingResponse r) => Listing(trace, "", r.Listing, r.LedgerId),
        (ListListingsRequest q, ListListingsResponse r) => Page(trace, q, r),
        (LinkSubjectsRequest q, LinkSubjectsResponse r) => Link(trace, q.RequestId, r.Link, r.Position, r.LedgerId),
        (UnlinkSubjectsRequest q, UnlinkSubjectsResponse r) => Link(trace, q.RequestId, r.Link, r.Position, r.LedgerId),
        (ActivateCatalogueRequest q, ActivateCatalogueResponse r) => Catalogue(trace, q, r),
        (GetAgencyRequest, GetAgencyResponse r) => Agency(trace, "", r.Agency.AgencyId, 0, ""),
        (ListAgenciesRequest, _) => trace.Record(),
        (PutAgencyRequest q, PutAgencyResponse r) => Agency(trace, q.RequestId, r.Agency.AgencyId, r.Position, r.LedgerId),
        (RevokeAgencyRequest q, RevokeAgencyResponse r) => Agency(trace, q.RequestId, r.Agency.AgencyId, r.Position, r.LedgerId),
        (IssueTokenRequest q, IssueTokenResponse) => Agency(trace, "", q.AgencyId, 0, ""),
        (RevokeTokenRequest q, RevokeTokenResponse r) => Agency(trace, q.RequestId, r.TokenRevocation.Agency, r.Position, r.LedgerId),
        (PlaceHoldRequest q, PlaceHoldResponse r) => About(trace, q.RequestId, q.ListingId, r.Position, r.LedgerId),
        (LiftHoldRequest q, LiftHoldResponse r) => About(trace, q.RequestId, q.ListingId, r.Position, r.LedgerId),
        (EraseListingRequest q, EraseListingResponse r) => About(trace, q.RequestId, q.ListingId, r.Position, r.LedgerId),
        (RotateWrappingKeyRequest q, _) => Start(trace, q.RequestId, 0, ""),
        (RotateSubjectKeyRequest q, _) => Start(trace, q.RequestId, 0, ""),
        (RotateTokenSigningKeyRequest q, _) => Start(trace, q.RequestId, 0, ""),
        (ProposeAgreementRequest q, ProposeAgreementResponse r) => Start(trace, q.RequestId, r.Status.Agreement.Position, r.LedgerId),
        (CountersignAgreementRequest q, CountersignAgreementResponse r) => Start(trace, q.RequestId, r.Status.Agreement.Position, r.LedgerId),
        (SuspendAgreementRequest q, SuspendAgreementResponse r) => Start(trace, q.RequestId, r.Status.Agreement.Position, r.LedgerId),
        (ResumeAgreementRequest q, ResumeAgreementResponse r) => Start(trace, q.RequestId, r.Status.Agreement.Position, r.LedgerId),
        (EndAgreementRequest q, EndAgreementResponse r) => Start(trace, q.RequestId, r.Status.Agreement.Position, r.LedgerId),
        (FlagListingRequest q, FlagListingResponse r) => About(trace, q.RequestId, q.ListingId, r.Position, r.LedgerId),
        (UnflagListingRequest q, UnflagListingResponse r) => About(trace, q.RequestId, q.ListingId, r.Position, r.LedgerId),
        (AcknowledgeUpdatesRequest q, AcknowledgeUpdatesResponse r) => Start(trace, "", r.Position, q.LedgerId),
        // What is public needs none: the catalogue, health.
        (ListListKindsRequest or ListMeasuresRequest or ListMattersRequest or GetCatalogueRequest or GetFieldMaskRequest, _) => null,
        (Grpc.Health.V1.HealthCheckRequest, _) => null,
        // So does the head alone, which nodes ask for all the time.
        (ReadSubjectDetailsRequest { SubjectKeys.IsEmpty: true }, _) => null,
        _ => trace.Record(),
    };

    private AccessRecord Listing(CallTrace trace, string requestId, Listing listing, string ledgerId)
    {
        var record = Start(trace, requestId, listing.Position, ledgerId);
        record.ListingIds.Add(listing.ListingId);
        record.SubjectKey = KeyOf(listing.Subject);
        return record;
    }

    // The listing's content isn't told.
    private AccessRecord About(CallTrace trace, string requestId, string listingId, long position, string ledgerId)
    {
        var record = Start(trace, requestId, position, ledgerId);
        record.ListingIds.Add(listingId);
        return record;
    }

    private AccessRecord Page(CallTrace trace, ListListingsRequest request, ListListingsResponse response)
    {
        var record = Start(trace, "", 0, response.LedgerId);
        record.SubjectKey = KeyOf(request.Subject);
        foreach (var listing in response.Listings)
        {
            record.ListingIds.Add(listing.ListingId);
        }

        return record;
    }

    private AccessRecord Link(CallTrace trace, string requestId, SubjectLink link, long position, string ledgerId)
    {
        var record = Start(trace, requestId, position, ledgerId);
        record.SubjectKey = KeyOf(link.From);
        return record;
    }

    private AccessRecord Catalogue(CallTrace trace, ActivateCatalogueRequest request, ActivateCatalogueResponse response)
    {
        var record = Start(trace, request.RequestId, response.Position, response.LedgerId);
        record.CatalogueDigest = response.Digest;
        return record;
    }

    private AccessRecord Agency(CallTrace trace, string requestId, string about, long position, string ledgerId)
    {
        var record = Start(trace, requestId, position, ledgerId);
        record.AboutAgencyId = about;
        return record;
    }

    private AccessRecord Start(CallTrace trace, string requestId, long position, string ledgerId)
    {
        var record = trace.Record();
        record.CallerRequestId = requestIds.Of(requestId);
        record.Position = position;
        record.LedgerId = ledgerId;
        return record;
    }

    private ByteString KeyOf(SubjectId? subject) =>
        records.KeyOf(subject, LegalDay.Of(time.GetUtcNow())) is { } key ? AccessRecords.KeyOf(key) : ByteString.Empty;
}
