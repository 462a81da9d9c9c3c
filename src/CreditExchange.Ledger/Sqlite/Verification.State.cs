using CreditExchange.V1;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>Compares what is derived with the events, after these were read.</summary>
internal sealed partial class Verification
{
    private (long Position, string Fault)? StateFault()
    {
        HashSet<long> seen = [];
        for (var after = 0L; ;)
        {
            cancel.ThrowIfCancellationRequested();
            var rows = source.Readers.Use(after, static (reader, entity) =>
            {
                List<StateRow> read = new(Chunk);
                reader.State(entity, Chunk, read);
                return read;
            });
            if (rows.Count == 0)
            {
                break;
            }

            foreach (var row in rows)
            {
                after = row.Entity;
                seen.Add(row.Entity);
                // Changed while we read: its events up to the head were verified.
                if (row.Event.Position <= source.Head && RowFault(row) is { } fault && IsStill(row))
                {
                    return (row.Position, fault);
                }
            }
        }

        foreach (var (entity, known) in _entities)
        {
            if (!known.IsGone && !seen.Contains(entity) && source.ErasedAt(entity) is null)
            {
                return (known.Position, $"entity {entity} has events and no state.");
            }
        }

        return null;
    }

    private string? RowFault(StateRow row)
    {
        if (!_entities.TryGetValue(row.Entity, out var last) || last.IsGone
            || last.Position != row.Position || last.Revision != row.Revision || row.Event.Entity != row.Entity)
        {
            return $"the state of entity {row.Entity} is not that of its last event.";
        }

        var open = EventSealer.OpenPart(row.Event);
        if (open.Listing is { } listing && listing.State != row.State)
        {
            return $"the state of entity {row.Entity} is {row.State}, its last event says {listing.State}.";
        }

        if (row is { IsLive: true, Source: { } held } && source.Indexes.Source(held) != row.Entity)
        {
            return $"the source key of entity {row.Entity} isn't found.";
        }

        return ProjectionFault(row);
    }

    private string? ProjectionFault(StateRow row)
    {
        if (projection is null)
        {
            return null;
        }

        var whole = _sealer.Open(row.Event, source.LedgerIdAt(row.Position));
        if (whole.Redaction == Redaction.Erased)
        {
            return source.ErasedAt(row.Entity) is null ? $"entity {row.Entity} has a state and no content." : null;
        }

        var made = projection.Project(row.Event, whole, source.Keys.Keys);
        return made.State != row.State || made.IsLive != row.IsLive ? $"the state of entity {row.Entity} is not what its last event gives."
            : !AreFiled(made.Subjects, row.Subjects.Span) ? $"the subjects of entity {row.Entity} are not those of its last event."
            : made.Source != row.Source ? $"the source key of entity {row.Entity} is not that of its last event."
            : null;
    }

    // While the subject key rotates a row may be filed under another choice of versions than is made now: those of both must agree.
    private bool AreFiled(IReadOnlyList<SubjectEntry> made, ReadOnlySpan<byte> filed)
    {
        if (SubjectEntry.Write(made).AsSpan().SequenceEqual(filed))
        {
            return true;
        }

        var found = SubjectEntry.ReadAll(filed);
        var versions = made.Select(e => e.Key.Version).Intersect(found.Select(e => e.Key.Version)).ToHashSet();
        return source.Keys.Keys.Subjects is not { Next: null, Previous: null } && versions.Count > 0
            && made.Where(e => versions.Contains(e.Key.Version)).SequenceEqual(found.Where(e => versions.Contains(e.Key.Version)));
    }

    // A row that was changed or filed anew between two looks at it is not at fault.
    private bool IsStill(StateRow row) => source.Readers.Use(row.Entity, static (reader, entity) =>
    {
        List<StateRow> read = [];
        reader.State(entity - 1, 1, read);
        return read;
    }) is [var again] && again.Entity == row.Entity && again.Position == row.Position && again.Subjects.Span.SequenceEqual(row.Subjects.Span);

    private (long Position, string Fault)? TablesFault() =>
        RequestTableFault() ?? SourceTableFault();

    private (long Position, string Fault)? RequestTableFault()
    {
        for (byte[] after = [0]; ;)
        {
            cancel.ThrowIfCancellationRequested();
            List<(byte[] Key, long Position, bool Fits)> rows = [];
            source.Readers.Use((after, rows), static (reader, page) =>
            {
                reader.RequestRows(page.after, Chunk, page.rows);
                return 0;
            });
            if (rows.Count == 0)
            {
                return null;
            }

            foreach (var row in rows)
            {
                after = row.Key;
                if (!row.Fits)
                {
                    return (row.Position, "a request key leads to it that it doesn't have.");
                }
            }
        }
    }

    private (long Position, string Fault)? SourceTableFault()
    {
        for (byte[] after = [0]; ;)
        {
            cancel.ThrowIfCancellationRequested();
            List<(byte[] Key, long Entity, bool Fits)> rows = [];
            source.Readers.Use((after, rows), static (reader, page) =>
            {
                reader.SourceRows(page.after, Chunk, page.rows);
                return 0;
            });
            if (rows.Count == 0)
            {
                return null;
            }

            foreach (var row in rows)
            {
                after = row.Key;
                // What was freed may still wait in memory to be taken out of the table.
                if (!row.Fits && row.Key.Length == 16 && source.Indexes.Source(SourceKey.Read(row.Key)) == row.Entity)
                {
                    return (_entities.GetValueOrDefault(row.Entity).Position, $"a source key leads to entity {row.Entity} that it doesn't have.");
                }
            }
        }
    }
}
