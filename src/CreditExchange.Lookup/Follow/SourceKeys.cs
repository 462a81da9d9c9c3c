using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using CreditExchange.Domain.Ledgers;
using CreditExchange.Domain.Subjects;
using CreditExchange.Ledger;
using CreditExchange.V1;

namespace CreditExchange.Lookup;

/// <summary>
/// Makes the 16-byte keys that are unique among live entities, from what an event holds: the hub gives them to the ledger, and
/// a rebuild makes them again.
/// </summary>
public static class SourceKeys
{
    /// <summary>An agency's own key of a listing: unique per agency, list and subject.</summary>
    public static SourceKey Listing(HubKeys keys, string agency, string listCode, SubjectId subject, string sourceRef)
    {
        Span<byte> encoded = stackalloc byte[SubjectEncoding.Length];
        SubjectEncoding.Encode(subject, encoded);
        return new SourceKey(Mac(keys, "source", agency, listCode, sourceRef, Convert.ToHexString(encoded)));
    }

    /// <summary>An agency's id among agencies.</summary>
    public static SourceKey Agency(HubKeys keys, string agencyId) => new(Mac(keys, "agency", agencyId));

    /// <summary>Two linked ids.</summary>
    public static SourceKey Link(HubKeys keys, SubjectId from, SubjectId to)
    {
        Span<byte> bytes = stackalloc byte[SubjectEncoding.Length * 2];
        SubjectEncoding.Encode(from, bytes);
        SubjectEncoding.Encode(to, bytes[SubjectEncoding.Length..]);
        return new SourceKey(Mac(keys, "link", Convert.ToHexString(bytes)));
    }

    /// <summary>An agency's hold of a listing.</summary>
    public static SourceKey Hold(HubKeys keys, string listingId, string agency) => new(Mac(keys, "hold", listingId, agency));

    /// <summary>An agreement's id.</summary>
    public static SourceKey Agreement(HubKeys keys, string agreementId) => new(Mac(keys, "agreement", agreementId));

    /// <summary>The flag of a recognised listing.</summary>
    public static SourceKey Flag(HubKeys keys, string listingId) => new(Mac(keys, "flag", listingId));

    /// <summary>A recognised listing: one per listing of the origin's ledger, whatever its epoch.</summary>
    public static SourceKey Recognised(HubKeys keys, string originLedger, string originListing) =>
        new(Mac(keys, "recognised", LedgerIds.WithoutEpoch(originLedger), originListing));

    /// <summary>A MAC of texts under the hub's request key.</summary>
    /// <remarks>Each part is led by its length, so that no two lists of parts give the same bytes.</remarks>
    public static UInt128 Mac(HubKeys keys, params ReadOnlySpan<string> parts)
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
        keys.Request.Mac(rented.AsSpan(0, length), mac);
        ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return BinaryPrimitives.ReadUInt128BigEndian(mac);
    }
}
