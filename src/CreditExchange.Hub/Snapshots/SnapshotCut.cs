using CreditExchange.Domain.Listings;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Snapshots;

/// <summary>
/// Finds the listings that are not final at a position, by growing entity: from the state, or from an older snapshot and the
/// events since. Both give the same entries. The store is read in pages; no read outlives its page.
/// </summary>
internal sealed class SnapshotCut(ILedger ledger)
{
    private const int StatePage = 500;
    private const int EventPage = 1_000;

    /// <summary>From the whole state: as slow as there are listings, whatever else goes on meanwhile.</summary>
    public void FromState(long position, SnapshotFileWriter to, CancellationToken cancellation)
    {
        long after = 0;
        while (ledger.ReadState(after, StatePage) is { Count: > 0 } page)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var row in page)
            {
                after = row.Entity;
                if (row.State == ListingState.Unspecified)
                {
                    continue;
                }

                // What changed since the position is found in its past.
                var stored = row.Position <= position ? row.Event : ledger.At(row.Entity, position);
                if (stored is not null && LiveGroup(stored) is { } group && ledger.ErasedAt(row.Entity) is null)
                {
                    to.Add(new SnapshotEntry(row.Entity, stored.Position, (int)stored.Revision, to.GroupOf(group)), stored.Commitment);
                }
            }
        }
    }

    /// <summary>From an older snapshot: as slow as there are events since, and a copy of the file.</summary>
    public void FromOlder(SnapshotFile older, long position, SnapshotFileWriter to, CancellationToken cancellation)
    {
        var changes = Changes(older.Position, position, cancellation);
        var next = 0;
        var buffer = new byte[1_000 * SnapshotEntry.Size];
        var groups = new int[older.Groups.Count];
        Array.Fill(groups, -1);
        for (long at = 0; older.Read(at, buffer) is > 0 and var read; at += read)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var i = 0; i < read; i++)
            {
                var bytes = buffer.AsSpan(i * SnapshotEntry.Size, SnapshotEntry.Size);
                var entry = SnapshotEntry.Read(bytes);
                for (; next < changes.Length && changes[next].Entity < entry.Entity; next++)
                {
                    Add(changes[next], to);
                }

                if (next < changes.Length && changes[next].Entity == entry.Entity)
                {
                    Add(changes[next++], to);
                }
                else if (ledger.ErasedAt(entry.Entity) is null)
                {
                    ref var group = ref groups[entry.Group];
                    group = group >= 0 ? group : to.GroupOf(older.Groups[entry.Group]);
                    to.Add(entry with { Group = group }, bytes[SnapshotEntry.CommitmentAt..]);
                }
            }
        }

        for (; next < changes.Length; next++)
        {
            Add(changes[next], to);
        }
    }

    // The last state of each listing that an event in between touched, by entity.
    private Change[] Changes(long after, long through, CancellationToken cancellation)
    {
        var changes = new Dictionary<long, Change>();
        for (var next = after + 1; next <= through;)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var stored in ledger.Read(next, (int)Math.Min(EventPage, through - next + 1)))
            {
                next = stored.Position + 1;
                if (ListingOutline.TryRead(stored, out var listing))
                {
                    var live = !ListingStateMachine.IsFinal(listing.State);
                    changes[stored.Entity] = new Change(
                        stored.Entity, stored.Position, (int)stored.Revision, live ? SnapshotGroup.Of(listing) : null,
                        live ? stored.Commitment.ToArray() : []);
                }
            }
        }

        var sorted = changes.Values.ToArray();
        Array.Sort(sorted, (a, b) => a.Entity.CompareTo(b.Entity));
        return sorted;
    }

    private void Add(Change change, SnapshotFileWriter to)
    {
        if (change.Group is not null && ledger.ErasedAt(change.Entity) is null)
        {
            to.Add(new SnapshotEntry(change.Entity, change.Position, change.Revision, to.GroupOf(change.Group)), change.Commitment);
        }
    }

    private static SnapshotGroup? LiveGroup(StoredEvent stored) =>
        ListingOutline.TryRead(stored, out var listing) && !ListingStateMachine.IsFinal(listing.State) ? SnapshotGroup.Of(listing) : null;

    private sealed record Change(long Entity, long Position, int Revision, SnapshotGroup? Group, byte[] Commitment);
}
