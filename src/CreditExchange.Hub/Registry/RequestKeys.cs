using System.Buffers;
using System.Buffers.Binary;
using CreditExchange.Domain.Listings;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Registry;

/// <summary>Makes the 16-byte keys by which the ledger knows requests, their content and the agencies' own keys again.</summary>
public sealed class RequestKeys(ILedger ledger)
{
    /// <summary>Agency, method and request id.</summary>
    public RequestKey Request(string agency, string method, string requestId) => new(Mac("request", agency, method, requestId));

    /// <summary>A request's content: bytes that are equal for equal normalised requests.</summary>
    public ContentMac Content(ReadOnlySpan<byte> content)
    {
        Span<byte> mac = stackalloc byte[16];
        ledger.Keys.Request.Mac(content, mac);
        return new ContentMac(BinaryPrimitives.ReadUInt128BigEndian(mac));
    }

    /// <summary>A listing as <see cref="ListingInput"/> made it.</summary>
    public ContentMac Content(Listing input)
    {
        var size = input.CalculateSize();
        var rented = ArrayPool<byte>.Shared.Rent(size);
        input.WriteTo(rented.AsSpan(0, size));
        var mac = Content(rented.AsSpan(0, size));
        ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return mac;
    }

    /// <summary>A request's content, the request id itself left out.</summary>
    public ContentMac Content(IMessage request) => Content(ListingDigest.Content(request));

    /// <summary>An agency's own key of a listing: unique per agency, list and subject.</summary>
    public SourceKey Source(string agency, string listCode, SubjectId subject, string sourceRef) =>
        SourceKeys.Listing(ledger.Keys, agency, listCode, subject, sourceRef);

    /// <summary>An agency's id among agencies.</summary>
    public SourceKey AgencyId(string agencyId) => SourceKeys.Agency(ledger.Keys, agencyId);

    /// <summary>Two linked ids.</summary>
    public SourceKey Link(SubjectId from, SubjectId to) => SourceKeys.Link(ledger.Keys, from, to);

    /// <summary>An agency's hold of a listing.</summary>
    public SourceKey Hold(string listingId, string agency) => SourceKeys.Hold(ledger.Keys, listingId, agency);

    /// <summary>An agreement's id.</summary>
    public SourceKey Agreement(string agreementId) => SourceKeys.Agreement(ledger.Keys, agreementId);

    /// <summary>The flag of a recognised listing.</summary>
    public SourceKey Flag(string listingId) => SourceKeys.Flag(ledger.Keys, listingId);

    /// <summary>A partner's listing.</summary>
    public SourceKey Recognised(string originLedger, string originListing) => SourceKeys.Recognised(ledger.Keys, originLedger, originListing);

    private UInt128 Mac(params ReadOnlySpan<string> parts) => SourceKeys.Mac(ledger.Keys, parts);
}
