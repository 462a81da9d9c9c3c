using System.Security.Cryptography;
using CreditExchange.Ledger.Keys;
using CreditExchange.Ledger.Proofs;
using CreditExchange.V1;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>Reads a ledger as if nothing of it were true yet.</summary>
internal static class Verification
{
    private const int Chunk = 1000;

    /// <summary>What is wrong with an event's place, chain or commitment; null: nothing.</summary>
    public static string? LinkFault(ReadOnlySpan<byte> before, long positionBefore, StoredEvent stored)
    {
        if (stored.Position != positionBefore + 1)
        {
            return $"position {positionBefore + 1} is missing.";
        }

        Span<byte> hash = stackalloc byte[32];
        var salted = new byte[Commitments.SaltSize + stored.Open.Length];
        stored.OpenSalt.CopyTo(salted);
        stored.Open.Span.CopyTo(salted.AsSpan(Commitments.SaltSize));
        Commitments.Commit(salted, stored.PersonalDigest, hash);
        if (!hash.SequenceEqual(stored.Commitment))
        {
            return "the content is not the committed one.";
        }

        Commitments.Link(
            before, stored.Position, stored.RecordedAtMicros, stored.Entity, stored.Revision, stored.Kind, stored.Commitment, hash);
        return hash.SequenceEqual(stored.Chain) ? null : "the chain is broken.";
    }

    public static VerifyReport Run(
        ReaderPool readers, KeyIndexes indexes, KeyStore keys, Func<long, string> ledgerIdAt, long head, CancellationToken cancel)
    {
        var chain = new byte[32];
        long position = 0, erased = 0, recordedAt = 0;
        Dictionary<long, (long Position, long Revision)> entities = [];
        Dictionary<long, long> unexplained = [];
        VerifyReport Report(long? at, string? fault) =>
            new(ledgerIdAt(head), position, Convert.ToHexStringLower(chain), position, erased, at, fault);

        while (position < head)
        {
            cancel.ThrowIfCancellationRequested();
            var events = readers.Use((position, head), static (reader, range) =>
            {
                List<StoredEvent> read = new(Chunk);
                reader.Range(range.position + 1, Math.Min(range.position + Chunk, range.head), read);
                return read;
            });
            if (events.Count == 0)
            {
                return Report(position + 1, $"position {position + 1} is missing.");
            }

            foreach (var stored in events)
            {
                var fault = LinkFault(chain, position, stored)
                    ?? (stored.RecordedAtMicros < recordedAt ? "it was recorded before the position below it." : null)
                    ?? RevisionFault(entities, stored)
                    ?? SealFault(keys, ledgerIdAt(stored.Position), stored)
                    ?? RequestFault(indexes, stored);
                if (fault is not null)
                {
                    return Report(position + 1, fault);
                }

                if (stored.IsErased)
                {
                    erased++;
                    unexplained.TryAdd(stored.Entity, stored.Position);
                }

                if (stored.Kind == EventKind.Erased)
                {
                    unexplained.Remove(stored.Entity);
                }

                position = stored.Position;
                recordedAt = stored.RecordedAtMicros;
                stored.Chain.CopyTo(chain);
            }
        }

        foreach (var (_, at) in unexplained)
        {
            return Report(at, "the personal part is gone without an erasure.");
        }

        return StateFault(readers, indexes, entities, head, cancel) is var (where, what) ? Report(where, what) : Report(null, null);
    }

    private static string? RevisionFault(Dictionary<long, (long Position, long Revision)> entities, StoredEvent stored)
    {
        entities.TryGetValue(stored.Entity, out var last);
        if (stored.Revision != last.Revision + 1)
        {
            return $"revision {stored.Revision} of its entity follows revision {last.Revision}.";
        }

        entities[stored.Entity] = (stored.Position, stored.Revision);
        return null;
    }

    private static string? SealFault(KeyStore keys, string ledgerId, StoredEvent stored)
    {
        if (stored.Sealed is null)
        {
            return null;
        }

        if (keys.ForOpening(stored.Entity) is not { } key)
        {
            return "the key of its personal part is missing.";
        }

        try
        {
            var salted = Sealer.Unseal(key, ledgerId, stored.Entity, stored.Revision, stored.Sealed);
            return SHA256.HashData(salted).AsSpan().SequenceEqual(stored.PersonalDigest) ? null : "the personal part is not the committed one.";
        }
        catch (CryptographicException)
        {
            return "the sealed part doesn't open.";
        }
    }

    private static string? RequestFault(KeyIndexes indexes, StoredEvent stored) =>
        stored.RequestKey is { } key && indexes.Request(key) != stored.Position
            ? "its request key isn't found."
            : null;

    private static (long Position, string Fault)? StateFault(
        ReaderPool readers, KeyIndexes indexes, Dictionary<long, (long Position, long Revision)> entities, long head, CancellationToken cancel)
    {
        var seen = 0;
        for (var after = 0L; ;)
        {
            cancel.ThrowIfCancellationRequested();
            var rows = readers.Use(after, static (reader, entity) =>
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
                var known = entities.TryGetValue(row.Entity, out var last);
                if (row.Event.Position > head)
                {
                    // Changed while we read; its events up to the head were verified.
                    seen += known ? 1 : 0;
                    continue;
                }

                if (!known || last.Position != row.Position || last.Revision != row.Revision)
                {
                    return (row.Position, $"the state of entity {row.Entity} is not that of its last event.");
                }

                seen++;
                var open = LedgerEvent.Parser.ParseFrom(row.Event.Open.Span);
                if (open.Listing is { } listing && listing.State != row.State)
                {
                    return (row.Position, $"the state of entity {row.Entity} is {row.State}, its last event says {listing.State}.");
                }

                if (row is { IsLive: true, Source: { } source } && indexes.Source(source) != row.Entity)
                {
                    return (row.Position, $"the source key of entity {row.Entity} isn't found.");
                }
            }
        }

        return seen == entities.Count ? null : (head, $"{entities.Count - seen} entities have events and no state.");
    }
}
