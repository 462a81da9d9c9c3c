using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Listings;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Registry;
using CreditExchange.Hub.Views;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Updates;

/// <summary>
/// Reads all listings that are not final at one position. Past events don't change, so the same position gives the same
/// rows however often it is read: the first pass counts and digests, the second delivers, a resumed one goes on. No read
/// of the store outlives a page.
/// </summary>
public sealed class SnapshotReader(ILedger ledger, OpenedEvents opened, LookupView view, SubjectTokens tokens, RequestKeys keys)
{
    private const int PageSize = 500;

    /// <summary>The header and the chunks.</summary>
    /// <exception cref="RuleViolation">PAGE_TOKEN_INVALID for a snapshot or a token that isn't ours.</exception>
    public async IAsyncEnumerable<ReadSnapshotResponse> ReadAsync(
        ReadSnapshotRequest request, Caller caller, UpdateFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var position = request.SnapshotId.Length == 0 ? view.Position : PositionOf(request.SnapshotId);
        var binding = Binding(request, position, caller);
        // A token goes on within its own snapshot only: at another position the parts would not make one state.
        var after = request.ResumeToken.Length == 0 ? 0
            : request.SnapshotId.Length > 0 ? PageTokens.Read(request.ResumeToken, binding, "resume_token")
            : throw new RuleViolation(ErrorReason.PageTokenInvalid, "resume_token");
        var viewer = caller.Viewer;
        var header = await Task.Run(() => Header(position, viewer, filter, cancellation), cancellation);
        yield return new ReadSnapshotResponse { Header = header };

        while (ledger.ReadState(after, PageSize) is { Count: > 0 } page)
        {
            cancellation.ThrowIfCancellationRequested();
            var chunk = new SnapshotChunk();
            foreach (var row in page)
            {
                after = row.Entity;
                if (Visible(row, position, viewer, filter) is { } visible)
                {
                    chunk.Rows.Add(visible);
                }
            }

            chunk.ResumeToken = PageTokens.Write(after, binding);
            if (chunk.Rows.Count > 0)
            {
                yield return new ReadSnapshotResponse { Chunk = chunk };
            }
        }
    }

    private SnapshotHeader Header(long position, Domain.Masks.Viewer viewer, UpdateFilter filter, CancellationToken cancellation)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> revision = stackalloc byte[8];
        long count = 0;
        long after = 0;
        while (ledger.ReadState(after, PageSize) is { Count: > 0 } page)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var row in page)
            {
                after = row.Entity;
                if (Visible(row, position, viewer, filter) is { } visible)
                {
                    count++;
                    digest.AppendData(Encoding.UTF8.GetBytes(visible.Listing.ListingId));
                    BinaryPrimitives.WriteInt64BigEndian(revision, visible.Listing.Revision);
                    digest.AppendData(revision);
                    digest.AppendData(visible.Commitment.Span);
                }
            }
        }

        return new SnapshotHeader
        {
            LedgerId = ledger.LedgerId,
            Position = position,
            Count = count,
            Digest = ByteString.CopyFrom(digest.GetHashAndReset()),
            SnapshotId = IdOf(position),
        };
    }

    private SnapshotRow? Visible(StateRow row, long position, Domain.Masks.Viewer viewer, UpdateFilter filter)
    {
        if (row.State == ListingState.Unspecified)
        {
            return null;
        }

        var stored = row.Position <= position ? row.Event : ledger.At(row.Entity, position);
        if (stored is null || stored.IsErased)
        {
            return null;
        }

        var listing = opened.Get(stored).Listing;
        if (listing is null || ListingStateMachine.IsFinal(listing.State) || !filter.Passes(listing))
        {
            return null;
        }

        var masked = view.Masks.Apply(listing, viewer, tokens.For(viewer.AgencyId));
        return masked is null ? null : new SnapshotRow { Listing = masked, Commitment = ByteString.CopyFrom(stored.Commitment) };
    }

    private long PositionOf(string snapshotId)
    {
        var at = snapshotId.LastIndexOf('@');
        var position = at > 0 && long.TryParse(snapshotId.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var p) ? p : -1;
        if (at > 0 && snapshotId[..at] != ledger.LedgerId)
        {
            throw new RuleViolation(
                ErrorReason.LedgerDiverged, "snapshot_id", ("asked", "?"), ("ledger_id", ledger.LedgerId),
                ("common", $"{ledger.CommonWith(snapshotId[..at])}"));
        }

        return position > 0 && position <= ledger.Head ? position : throw new RuleViolation(ErrorReason.PageTokenInvalid, "snapshot_id");
    }

    private string IdOf(long position) => $"{ledger.LedgerId}@{position}";

    // What a resume token is good for: this caller, this snapshot and this filter.
    private ulong Binding(ReadSnapshotRequest request, long position, Caller caller)
    {
        var filter = request.Clone();
        filter.ResumeToken = "";
        filter.SnapshotId = IdOf(position);
        return PageTokens.Binding(keys, caller.AgencyId, "ReadSnapshot", filter);
    }
}
