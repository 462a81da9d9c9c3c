using System.Collections.Concurrent;
using CreditExchange.Ledger.Keys;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>Erasures: which there were, and that none is left half done.</summary>
internal static class Erasures
{
    /// <summary>Entities that a group erased.</summary>
    public static IReadOnlyCollection<long> Of(List<StoredEvent> events)
    {
        List<long>? entities = null;
        foreach (var stored in events)
        {
            if (stored.Kind == EventKind.Erased)
            {
                (entities ??= []).Add(stored.Entity);
            }
        }

        return entities is null ? [] : entities;
    }

    /// <summary>The same with their positions.</summary>
    public static IEnumerable<(long Entity, long Position)> In(List<StoredEvent> events)
    {
        foreach (var stored in events)
        {
            if (stored.Kind == EventKind.Erased)
            {
                yield return (stored.Entity, stored.Position);
            }
        }
    }

    /// <summary>The table of erasures: entity → position of its event.</summary>
    public static Func<long, long?> Of(Database ledger)
    {
        Dictionary<long, long> erased = [];
        using var read = ledger.Prepare("SELECT entity, position FROM erasure ORDER BY entity");
        while (read.Step())
        {
            erased[read.Int64(0)] = read.Int64(1);
        }

        read.Reset();
        return entity => erased.TryGetValue(entity, out var position) ? position : null;
    }

    /// <summary>
    /// All erasures, after each whose key still exists was finished: a process may have ended between the commit and the
    /// deletion of the key.
    /// </summary>
    public static ConcurrentDictionary<long, long> Finish(Database ledger, KeyStore keys)
    {
        ConcurrentDictionary<long, long> erased = new();
        List<long> unfinished = [];
        using var read = ledger.Prepare("SELECT entity, position FROM erasure ORDER BY entity");
        while (read.Step())
        {
            erased[read.Int64(0)] = read.Int64(1);
            if (keys.Has(read.Int64(0)))
            {
                unfinished.Add(read.Int64(0));
            }
        }

        read.Reset();
        keys.Delete(unfinished);
        return erased;
    }
}
