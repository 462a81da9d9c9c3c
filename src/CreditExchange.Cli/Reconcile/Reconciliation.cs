using CreditExchange.Cli.Import;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Cli.Reconcile;

/// <summary>
/// Compares a full file with what the hub holds of the agency. The file is gone through once to know what it names, and once
/// more to say what becomes of each row; rows are never held.
/// </summary>
internal sealed class Reconciliation(HeldListings held, DateOnly today, string reason)
{
    private readonly Dictionary<RowKey, long> _lines = [];
    private readonly HashSet<string> _unread = new(StringComparer.Ordinal);
    private readonly HashSet<RowKey> _closedAlready = [];
    private readonly List<RowFate> _vanished = [];
    private readonly List<SourceRow> _uselessOrders = [];

    /// <summary>Counts by list.</summary>
    public SortedDictionary<string, ListCounts> Lists { get; } = new(StringComparer.Ordinal);

    /// <summary>How many rows the file has, good or bad.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows so damaged that nobody knows which listing they speak of.</summary>
    public long Nameless { get; private set; }

    /// <summary>How many of the endings asked for the hub has already.</summary>
    public long EndedBefore => _closedAlready.Count;

    /// <summary>Live listings that no row names, each ended or without a ground.</summary>
    public IReadOnlyList<RowFate> Vanished => _vanished;

    /// <summary>Lines of the file of grounds that end nothing, each with its fault.</summary>
    public IReadOnlyList<SourceRow> UselessOrders => _uselessOrders;

    /// <summary>Goes through the file: what it names, what differs, what vanished.</summary>
    /// <param name="rows">The file's rows.</param>
    /// <param name="list">A list to compare also where no row names it; empty: none.</param>
    /// <param name="orders">Grounds, one by one.</param>
    /// <param name="forAll">One ground for all that no order names; null: none.</param>
    public void Survey(IEnumerable<SourceRow> rows, string list, IReadOnlyList<EndOrder> orders, EndOrder? forAll)
    {
        if (list.Length > 0)
        {
            Counts(list);
        }

        foreach (var row in rows)
        {
            Rows++;
            var fate = Of(row);
            var code = fate.Held?.Key.List ?? RowKey.Trim(row.Request?.Listing?.ListCode ?? "");
            if (fate.Fate == Fate.Rejected)
            {
                Protect(row);
                continue;
            }

            var counts = Counts(code);
            counts.New += fate.Fate == Fate.New ? 1 : 0;
            counts.Changed += fate.Fate == Fate.Amended ? 1 : 0;
            counts.Unchanged += fate.Fate is Fate.Unchanged or Fate.Expired ? 1 : 0;
        }

        FindVanished(orders, forAll);
    }

    /// <summary>What becomes of a row; the same answer each time it is asked.</summary>
    public RowFate Of(SourceRow row)
    {
        if (row.Request is null)
        {
            return new RowFate(Fate.Rejected, row);
        }

        if (row.Request.ItemCase != ImportListingsRequest.ItemOneofCase.Listing)
        {
            return Reject(row, "NOT_A_LISTING", "", Say.RowNotAListing);
        }

        if (!RowKey.TryOf(row.Request.Listing, today, out var key))
        {
            // Sent all the same: the hub says what is wrong with the number.
            return new RowFate(Fate.Rejected, row);
        }

        if (_lines.TryGetValue(key, out var line) && line != row.Line)
        {
            return Reject(row, "ROW_TWICE", "source_ref", Say.RowTwice);
        }

        _lines[key] = row.Line;
        if (held.Find(key) is not { } known)
        {
            return new RowFate(Fate.New, row);
        }

        if (!known.Live)
        {
            // A listing that names the one it restores is the lawful way back onto a list.
            return row.Request.Listing.RestoresListingId.Length > 0 ? new RowFate(Fate.New, row)
                : known.Listing.State is ListingState.Repaired or ListingState.Ended or ListingState.Withdrawn
                    ? Reject(row, "CLOSED_AT_HUB", "source_ref", Say.RowClosed) with { Held = known }
                    : new RowFate(Fate.Expired, row, known);
        }

        var paths = FieldDifference.Of(FieldDifference.Normalise(row.Request.Listing, today), known.Listing, row.Stated);
        return paths.Count == 0 ? new RowFate(Fate.Unchanged, row, known) : new RowFate(Fate.Amended, Amend(row, known, paths), known, paths);
    }

    // With the revision in it the same correction, made again later, is another request; and nobody's change is overwritten.
    private SourceRow Amend(SourceRow row, Held known, List<string> paths) => row with
    {
        Request = new ImportListingsRequest
        {
            Amend = new AmendListingRequest
            {
                ListingId = known.Listing.ListingId,
                ExpectedRevision = known.Listing.Revision,
                Reason = reason,
                Listing = Named(row.Request!.Listing, paths),
                UpdateMask = new FieldMask { Paths = { paths } },
            },
        },
    };

    // Only what the mask names; notice and document whole, of which the mask takes its parts.
    private static Listing Named(Listing row, List<string> paths)
    {
        var changes = new Listing();
        foreach (var path in paths)
        {
            var dot = path.IndexOf('.', StringComparison.Ordinal);
            var field = Listing.Descriptor.FindFieldByName(dot < 0 ? path : path[..dot]);
            if (field.IsRepeated)
            {
                var list = (System.Collections.IList)field.Accessor.GetValue(changes);
                foreach (var item in (System.Collections.IList)field.Accessor.GetValue(row))
                {
                    list.Add(item);
                }
            }
            else if (field.Accessor.GetValue(row) is { } value)
            {
                field.Accessor.SetValue(changes, value);
            }
        }

        return changes;
    }

    private static RowFate Reject(SourceRow row, string why, string field, Text text) =>
        new(Fate.Rejected, row with { Request = null, Fault = new RowFault(why, field, text) });

    // A row that can't be used still says that its listing has not vanished; one that names nothing may be any listing.
    private void Protect(SourceRow row)
    {
        var reference = RowKey.Trim(row.SourceRef);
        if (reference.Length == 0)
        {
            Nameless++;
        }

        _unread.Add(reference);
    }

    private void FindVanished(IReadOnlyList<EndOrder> orders, EndOrder? forAll)
    {
        var byReference = orders.ToLookup(static order => RowKey.Trim(order.Order.SourceRef), StringComparer.Ordinal);
        var useful = new HashSet<EndOrder>();
        var references = new Dictionary<(string, string), int>();
        foreach (var one in held.All)
        {
            if (one.Live)
            {
                var name = (one.Key.List, one.Key.SourceRef);
                references[name] = references.GetValueOrDefault(name) + 1;
            }
        }

        foreach (var one in held.All)
        {
            var counts = Counts(one.Key.List);
            counts.Live += one.Live ? 1 : 0;
            EndOrder? order = null;
            foreach (var candidate in byReference[one.Key.SourceRef])
            {
                // One reference for several subjects names none of them without a number.
                var sure = candidate.Order.Subject is not null || references.GetValueOrDefault((one.Key.List, one.Key.SourceRef)) <= 1;
                order = candidate.Fault is null && sure && candidate.Names(one, today) ? candidate : order;
            }

            var named = _lines.ContainsKey(one.Key) || _unread.Contains(one.Key.SourceRef);
            if (!one.Live && order is not null)
            {
                useful.Add(order);
                _closedAlready.Add(one.Key);
            }
            else if (one.Live && !named)
            {
                counts.Vanished++;
                if (order is not null)
                {
                    useful.Add(order);
                }

                _vanished.Add(Vanish(one, order ?? forAll));
            }
        }

        foreach (var order in orders)
        {
            if (!useful.Contains(order))
            {
                var fault = order.Fault ?? new RowFault("END_USELESS", "source_ref", Say.EndUseless);
                _uselessOrders.Add(new SourceRow(order.Line, null, fault, order.Order.Subject?.Number ?? "", order.Order.SourceRef));
            }
        }
    }

    private RowFate Vanish(Held one, EndOrder? order)
    {
        var row = new SourceRow(order?.Line ?? 0, null, null, one.Key.Number, one.Key.SourceRef);
        // Where a row names nothing, this may be the listing that it speaks of.
        if (order is null || Nameless > 0)
        {
            var why = order is null ? new RowFault("GROUND_MISSING", "", Say.GroundMissing) : new RowFault("FILE_DAMAGED", "", Say.NotEndedDamaged);
            return new RowFate(Fate.WithoutGround, row with { Fault = why }, one);
        }

        var end = new EndListingRequest
        {
            ListingId = one.Listing.ListingId,
            ExpectedRevision = one.Listing.Revision,
            Reason = order.Order.Reason.Length > 0 ? order.Order.Reason : reason,
            Ground = order.Order.Ground,
            EndedOn = order.Order.EndedOn,
            Document = order.Order.Document,
        };
        return new RowFate(Fate.Ended, row with { Request = new ImportListingsRequest { End = end } }, one);
    }

    private ListCounts Counts(string list)
    {
        if (!Lists.TryGetValue(list, out var counts))
        {
            Lists[list] = counts = new ListCounts();
        }

        return counts;
    }
}
