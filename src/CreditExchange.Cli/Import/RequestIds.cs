using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Cli.Import;

/// <summary>
/// Request ids that follow from the row: the same row of the same agency always has the same id, so that a run started
/// again, or a file imported twice, is answered with the first result and adds nothing.
/// </summary>
internal static class RequestIds
{
    /// <summary>32 hex digits of SHA-256 over agency, list, source_ref and the row's normalised content.</summary>
    public static string Of(string agency, ImportListingsRequest row)
    {
        var (list, reference) = row.ItemCase switch
        {
            ImportListingsRequest.ItemOneofCase.Amend => (row.Amend.ListCode, row.Amend.SourceRef),
            ImportListingsRequest.ItemOneofCase.End => (row.End.ListCode, row.End.SourceRef),
            _ => (row.Listing.ListCode, row.Listing.SourceRef),
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Encoding.UTF8.GetBytes(agency));
        Append(hash, Encoding.UTF8.GetBytes(list));
        Append(hash, Encoding.UTF8.GetBytes(reference));
        Append(hash, row.ToByteArray());
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest[..16]);
    }

    // With its length in front: ("a", "bc") and ("ab", "c") differ.
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }
}
