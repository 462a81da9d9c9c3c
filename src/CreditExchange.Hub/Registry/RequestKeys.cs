using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using CreditExchange.Domain.Listings;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
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
    public SourceKey Source(string agency, string listCode, SubjectId subject, string sourceRef)
    {
        Span<byte> encoded = stackalloc byte[SubjectEncoding.Length];
        SubjectEncoding.Encode(subject, encoded);
        return new SourceKey(Mac("source", agency, listCode, sourceRef, Convert.ToHexString(encoded)));
    }

    /// <summary>An agency's id among agencies.</summary>
    public SourceKey AgencyId(string agencyId) => new(Mac("agency", agencyId));

    /// <summary>Two linked ids.</summary>
    public SourceKey Link(SubjectId from, SubjectId to)
    {
        Span<byte> bytes = stackalloc byte[SubjectEncoding.Length * 2];
        SubjectEncoding.Encode(from, bytes);
        SubjectEncoding.Encode(to, bytes[SubjectEncoding.Length..]);
        return new SourceKey(Mac("link", Convert.ToHexString(bytes)));
    }

    // Each part is led by its length, so that no two lists of parts give the same bytes.
    private UInt128 Mac(params ReadOnlySpan<string> parts)
    {
        var size = 0;
        foreach (var part in parts)
        {
            size += 4 + Encoding.UTF8.GetMaxByteCount(part.Length);
        }

        var rented = ArrayPool<byte>.Shared.Rent(size);
        var length = 0;
        foreach (var part in parts)
        {
            var written = Encoding.UTF8.GetBytes(part, rented.AsSpan(length + 4));
            BinaryPrimitives.WriteInt32BigEndian(rented.AsSpan(length), written);
            length += 4 + written;
        }

        Span<byte> mac = stackalloc byte[16];
        ledger.Keys.Request.Mac(rented.AsSpan(0, length), mac);
        ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return BinaryPrimitives.ReadUInt128BigEndian(mac);
    }
}
