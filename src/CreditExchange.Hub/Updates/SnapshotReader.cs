using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Masks;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Registry;
using CreditExchange.Hub.Snapshots;
using CreditExchange.Hub.Views;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Updates;

/// <summary>
/// Serves snapshots: the rows are the file's, their content is the ledger's, read a page at a time while the reader takes it.
/// A reader may be as slow as it likes: it holds a file open and a page in memory, and nothing of the store.
/// </summary>
public sealed class SnapshotReader(
    ILedger ledger, SnapshotCutter cutter, OpenedEvents opened, LookupView view, SubjectTokens tokens, ListingIds ids, RequestKeys keys)
{
    // What one reader holds at most: some hundred kilobytes.
    private const int PageSize = 256;

    /// <summary>The header and the chunks.</summary>
    /// <exception cref="RuleViolation">
    /// PAGE_TOKEN_INVALID for a snapshot or a token that isn't ours, SNAPSHOT_GONE for one that was deleted, SNAPSHOT_UNAVAILABLE
    /// when none can be cut.
    /// </exception>
    public async IAsyncEnumerable<ReadSnapshotResponse> ReadAsync(
        ReadSnapshotRequest request, Caller caller, UpdateFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // A token goes on within its own snapshot only: at another position the parts would not make one state.
        var wanted = request.SnapshotId.Length == 0 ? 0 : PositionOf(request.SnapshotId);
        var after = request.ResumeToken.Length == 0 ? 0
            : wanted > 0 ? PageTokens.Read(request.ResumeToken, Binding(request, wanted, caller), "resume_token")
            : throw new RuleViolation(ErrorReason.PageTokenInvalid, "resume_token");
        using var lease = wanted == 0
            ? await cutter.CurrentAsync(cancellation)
            : cutter.Take(wanted) ?? throw new RuleViolation(ErrorReason.SnapshotGone, "snapshot_id", ("position", $"{wanted}"));
        var (file, viewer) = (lease.File, caller.Viewer);
        var binding = Binding(request, file.Position, caller);
        var groups = GroupsOf(file, viewer, filter);
        yield return new ReadSnapshotResponse { Header = await Task.Run(() => Header(file, groups, cancellation), cancellation) };

        var buffer = new byte[PageSize * SnapshotEntry.Size];
        for (var at = file.After(after); file.Read(at, buffer) is > 0 and var read; at += read)
        {
            cancellation.ThrowIfCancellationRequested();
            var chunk = new SnapshotChunk();
            for (var i = 0; i < read; i++)
            {
                var entry = SnapshotEntry.Read(buffer.AsSpan(i * SnapshotEntry.Size));
                after = entry.Entity;
                if (groups[entry.Group].IsSeen && Row(entry, viewer, groups[entry.Group]) is { } row)
                {
                    chunk.Rows.Add(row);
                }
            }

            if (chunk.Rows.Count > 0)
            {
                chunk.ResumeToken = PageTokens.Write(after, binding);
                yield return new ReadSnapshotResponse { Chunk = chunk };
            }
        }
    }

    private SnapshotHeader Header(SnapshotFile file, GroupView[] groups, CancellationToken cancellation)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1_000 * SnapshotEntry.Size];
        var revision = new byte[8];
        long count = 0;
        for (long at = 0; file.Read(at, buffer) is > 0 and var read; at += read)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var i = 0; i < read; i++)
            {
                var bytes = buffer.AsSpan(i * SnapshotEntry.Size, SnapshotEntry.Size);
                var entry = SnapshotEntry.Read(bytes);
                if (!groups[entry.Group].IsSeen || ledger.ErasedAt(entry.Entity) is not null)
                {
                    continue;
                }

                count++;
                digest.AppendData(Encoding.UTF8.GetBytes(groups[entry.Group].ShowsId ? ids.Format(entry.Entity) : ""));
                BinaryPrimitives.WriteInt64BigEndian(revision, groups[entry.Group].ShowsRevision ? entry.Revision : 0);
                digest.AppendData(revision);
                digest.AppendData(bytes[SnapshotEntry.CommitmentAt..]);
            }
        }

        return new SnapshotHeader
        {
            LedgerId = ledger.LedgerId,
            Position = file.Position,
            Count = count,
            Digest = ByteString.CopyFrom(digest.GetHashAndReset()),
            SnapshotId = IdOf(file.Position),
        };
    }

    // As the stream tells it: of what ended since, all but its publisher are told no more than that it ended.
    private SnapshotRow? Row(SnapshotEntry entry, Viewer viewer, GroupView group)
    {
        var stored = ledger.Read(entry.Position, 1)[0];
        if (ledger.ErasedAt(entry.Entity) is not null || opened.Get(stored) is not { Redaction: Redaction.Unspecified, Listing: { } listing } whole)
        {
            return null;
        }

        var seen = view.MaskedEvents.Apply(
            whole, view.StateOf(entry.Entity) ?? listing.State, erased: false, viewer, tokens.For(viewer.AgencyId));
        return new SnapshotRow
        {
            Listing = seen.Listing ?? new Listing
            {
                ListingId = group.ShowsId ? listing.ListingId : "",
                Revision = group.ShowsRevision ? listing.Revision : 0,
            },
            Commitment = ByteString.CopyFrom(stored.Commitment),
            Redaction = seen.Redaction,
        };
    }

    // What filter and mask say of each group, by the same functions that they say it by of a listing.
    private GroupView[] GroupsOf(SnapshotFile file, Viewer viewer, UpdateFilter filter)
    {
        var groups = new GroupView[file.Groups.Count];
        for (var i = 0; i < groups.Length; i++)
        {
            var sample = file.Groups[i].Sample();
            groups[i] = filter.Passes(sample) && view.Masks.Apply(sample, viewer, static _ => new SubjectToken()) is { } seen
                ? new GroupView(true, seen.ListingId.Length > 0, seen.Revision > 0)
                : default;
        }

        return groups;
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

    private readonly record struct GroupView(bool IsSeen, bool ShowsId, bool ShowsRevision);
}
