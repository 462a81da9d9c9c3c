using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>Requests that these tests send, and what an error says.</summary>
internal static class Writes
{
    public const string Court = "hainan-high-court";
    public const string CourtList = "court.dishonest-judgment-debtor";

    public static PublishListingRequest Publish(string requestId, int seed, bool person = false) => new()
    {
        RequestId = requestId,
        Listing = Listing(requestId, seed, person),
    };

    public static Listing Listing(string sourceRef, int seed, bool person = false)
    {
        var listing = TestListings.Create(CourtList, person ? TestListings.Person(seed) : TestListings.Company(seed), sourceRef);
        listing.SubjectName = person ? "样例甲" : listing.SubjectName;
        return listing;
    }

    public static AmendListingRequest Amend(string requestId, string listingId, long expected) => new()
    {
        RequestId = requestId,
        ListingId = listingId,
        ExpectedRevision = expected,
        Reason = requestId,
        Listing = new Listing { Reason = $"更正{requestId}" },
        UpdateMask = FieldMask.FromString("reason"),
    };

    public static EndListingRequest End(string requestId, string listingId, long expected) => new()
    {
        RequestId = requestId,
        ListingId = listingId,
        ExpectedRevision = expected,
        Reason = requestId,
        Ground = EndGround.DutyDone,
    };

    public static CheckSubjectRequest Check(SubjectId subject, long minPosition = 0) => new()
    {
        Subject = subject,
        Matter = "approval.notification-commitment",
        Purpose = "琼审批〔2026〕1号",
        MinPosition = minPosition,
    };

    /// <summary>The stable reason of a failure, from its details.</summary>
    public static string ReasonOf(RpcException error) => Details(error) is { } status ? ReasonOf(status) : $"none: {error.Status}";

    public static string ReasonOf(Google.Rpc.Status status) =>
        status.Details.First(d => d.Is(ErrorInfo.Descriptor)).Unpack<ErrorInfo>().Reason;

    public static bool SaysWhenToRetry(RpcException error) =>
        Details(error)!.Details.Any(d => d.Is(RetryInfo.Descriptor));

    /// <summary>The reason with which a call fails.</summary>
    public static async Task<string> ReasonOf(Func<Task> call) => ReasonOf(await Assert.ThrowsAnyAsync<RpcException>(call));

    private static Google.Rpc.Status? Details(RpcException error) =>
        error.Trailers.GetValueBytes("grpc-status-details-bin") is { } bytes ? Google.Rpc.Status.Parser.ParseFrom(bytes) : null;
}
