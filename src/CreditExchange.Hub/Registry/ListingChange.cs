using CreditExchange.Domain.Listings;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Registry;

/// <summary>How a request names a listing: by its id, or by the publishing agency's own key.</summary>
/// <param name="ListingId">The id; empty: by the others.</param>
/// <param name="ListCode">The list.</param>
/// <param name="SourceRef">The agency's own key.</param>
/// <param name="Subject">The subject.</param>
public sealed record ListingTarget(string ListingId, string ListCode = "", string SourceRef = "", SubjectId? Subject = null);

/// <summary>A change of one listing.</summary>
/// <param name="Method">Name of the method, for the request key.</param>
/// <param name="RequestId">The caller's.</param>
/// <param name="Target">The listing.</param>
/// <param name="ExpectedRevision">The revision that the caller last saw; 0: the current one, where that is allowed.</param>
/// <param name="Reason">Why.</param>
/// <param name="Kind">What the event will be.</param>
/// <param name="Content">The request without its id, for its digest.</param>
/// <param name="Rule">What becomes of the listing.</param>
/// <param name="CurrentRevisionAllowed">In an import 0 means the current revision.</param>
public sealed record ListingChange(
    string Method,
    string RequestId,
    ListingTarget Target,
    long ExpectedRevision,
    string Reason,
    EventKind Kind,
    IMessage Content,
    Func<Listing, ListingContext, Listing> Rule,
    bool CurrentRevisionAllowed = false)
{
    /// <summary>An amendment.</summary>
    public static ListingChange Amend(AmendListingRequest r, string method = "AmendListing", bool currentAllowed = false) => new(
        method,
        r.RequestId,
        new ListingTarget(r.ListingId, r.ListCode, r.SourceRef, r.Subject),
        r.ExpectedRevision,
        r.Reason,
        EventKind.Amended,
        Without(r, c => c.RequestId = ""),
        (current, context) => ListingRules.Amend(current, r.Listing ?? new Listing(), r.UpdateMask ?? new(), context),
        currentAllowed);

    /// <summary>A pause.</summary>
    public static ListingChange Suspend(SuspendListingRequest r) => new(
        "SuspendListing",
        r.RequestId,
        new ListingTarget(r.ListingId, r.ListCode, r.SourceRef, r.Subject),
        r.ExpectedRevision,
        r.Reason,
        EventKind.Suspended,
        Without(r, c => c.RequestId = ""),
        ListingRules.Suspend);

    /// <summary>The end of a pause.</summary>
    public static ListingChange Reinstate(ReinstateListingRequest r) => new(
        "ReinstateListing",
        r.RequestId,
        new ListingTarget(r.ListingId, r.ListCode, r.SourceRef, r.Subject),
        r.ExpectedRevision,
        r.Reason,
        EventKind.Reinstated,
        Without(r, c => c.RequestId = ""),
        ListingRules.Reinstate);

    /// <summary>A withdrawal.</summary>
    public static ListingChange Withdraw(WithdrawListingRequest r) => new(
        "WithdrawListing",
        r.RequestId,
        new ListingTarget(r.ListingId, r.ListCode, r.SourceRef, r.Subject),
        r.ExpectedRevision,
        r.Reason,
        EventKind.Withdrawn,
        Without(r, c => c.RequestId = ""),
        (current, context) => ListingRules.Withdraw(current, r.Document, context));

    /// <summary>A rightful end.</summary>
    public static ListingChange End(EndListingRequest r, string method = "EndListing", bool currentAllowed = false) => new(
        method,
        r.RequestId,
        new ListingTarget(r.ListingId, r.ListCode, r.SourceRef, r.Subject),
        r.ExpectedRevision,
        r.Reason,
        r.Ground == EndGround.Repair ? EventKind.Repaired : EventKind.Ended,
        Without(r, c => c.RequestId = ""),
        (current, context) => ListingRules.End(current, r.Ground, r.EndedOn, r.Document, context),
        currentAllowed);

    private static T Without<T>(T request, Action<T> clear)
        where T : IMessage<T>, IDeepCloneable<T>
    {
        var copy = request.Clone();
        clear(copy);
        return copy;
    }
}
