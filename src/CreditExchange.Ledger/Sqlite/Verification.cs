using System.Security.Cryptography;
using CreditExchange.Ledger.Keys;
using CreditExchange.Ledger.Proofs;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Ledger.Sqlite;

/// <summary>What a verification reads.</summary>
/// <param name="Readers">ledger.db.</param>
/// <param name="Indexes">The narrow tables with what waits in memory.</param>
/// <param name="Keys">keys.db.</param>
/// <param name="Epochs">First positions and ids, in order.</param>
/// <param name="Head">The last position to read: what comes later is left alone.</param>
/// <param name="ErasedAt">Position of an entity's erasure, also above the head.</param>
internal sealed record VerificationSource(
    ReaderPool Readers, KeyIndexes Indexes, KeyStore Keys, IReadOnlyList<(long First, string LedgerId)> Epochs, long Head, Func<long, long?> ErasedAt)
{
    public string LedgerIdAt(long position) => Epochs.LedgerIdAt(position);
}

/// <summary>Reads a ledger as if nothing of it were true yet. Each read is short: the ledger is written meanwhile.</summary>
internal sealed partial class Verification(
    VerificationSource source, IStateProjection? projection, Action<long, long>? progress, CancellationToken cancel)
{
    private const int Chunk = 1000;
    private readonly Dictionary<long, Known> _entities = [];
    private readonly Dictionary<long, long> _unexplained = [];
    private readonly EventSealer _sealer = new(source.Keys);
    private readonly byte[] _chain = new byte[32];
    private long _position;
    private long _recordedAt;
    private long _erased;
    private long _erasedEntities;
    private int _epochs;

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

    public VerifyReport Run()
    {
        try
        {
            return EventsFault() is var (position, fault)
                ? Report(position, fault)
                : StateFault() is var (entityAt, state)
                    ? Report(entityAt, state)
                    : TablesFault() is var (rowAt, table) ? Report(rowAt, table) : Report(null, null);
        }
        catch (Exception failure) when (failure is LedgerUnavailableException or StoreException or InvalidProtocolBufferException or ArgumentException)
        {
            // A page or a column that can't even be read.
            return Report(_position + 1, failure.Message);
        }
    }

    private VerifyReport Report(long? at, string? fault) => new(
        source.LedgerIdAt(source.Head), _position, Convert.ToHexStringLower(_chain), _position, _erased, at, fault)
    {
        Entities = _entities.Count - _erasedEntities,
        ErasedEntities = _erasedEntities,
        Epochs = _epochs,
    };

    private (long Position, string Fault)? EventsFault()
    {
        while (_position < source.Head)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(_position, source.Head);
            var events = source.Readers.Use((_position, source.Head), static (reader, range) =>
            {
                List<StoredEvent> read = new(Chunk);
                reader.Range(range._position + 1, Math.Min(range._position + Chunk, range.Head), read);
                return read;
            });
            if (events.Count == 0)
            {
                return (_position + 1, $"position {_position + 1} is missing.");
            }

            foreach (var stored in events)
            {
                var fault = LinkFault(_chain, _position, stored)
                    ?? (stored.RecordedAtMicros < _recordedAt ? "it was recorded before the position below it." : null)
                    ?? RevisionFault(stored)
                    ?? SealFault(stored)
                    ?? KindFault(stored)
                    ?? RequestFault(stored);
                if (fault is not null)
                {
                    return (_position + 1, fault);
                }

                if (stored.IsErased)
                {
                    _erased++;
                    _unexplained.TryAdd(stored.Entity, stored.Position);
                }

                _position = stored.Position;
                _recordedAt = stored.RecordedAtMicros;
                stored.Chain.CopyTo(_chain);
            }
        }

        foreach (var (entity, at) in _unexplained)
        {
            if (source.ErasedAt(entity) is null)
            {
                return (at, "the personal part is gone without an erasure.");
            }
        }

        return _epochs == source.Epochs.Count || source.Epochs[_epochs].First > source.Head
            ? null
            : (source.Epochs[_epochs].First, $"the epoch {source.Epochs[_epochs].LedgerId} has no event.");
    }

    private string? RevisionFault(StoredEvent stored)
    {
        _entities.TryGetValue(stored.Entity, out var last);
        if (last.IsGone)
        {
            return "it follows the erasure of its entity.";
        }

        if (stored.Revision != last.Revision + 1)
        {
            return $"revision {stored.Revision} of its entity follows revision {last.Revision}.";
        }

        _entities[stored.Entity] = new Known(stored.Position, stored.Revision, last.SealedAt != 0 || stored.Sealed is null ? last.SealedAt : stored.Position, false);
        return null;
    }

    private string? SealFault(StoredEvent stored)
    {
        if (stored.Sealed is null)
        {
            return null;
        }

        try
        {
            if (source.Keys.ForOpening(stored.Entity) is not { } key)
            {
                return IsErasedMeanwhile(stored) ? null : "the key of its personal part is missing.";
            }

            var salted = Sealer.Unseal(key, source.LedgerIdAt(stored.Position), stored.Entity, stored.Revision, stored.Sealed);
            return SHA256.HashData(salted).AsSpan().SequenceEqual(stored.PersonalDigest) ? null : "the personal part is not the committed one.";
        }
        catch (Exception failure) when (failure is CryptographicException or LedgerRefusedException)
        {
            return IsErasedMeanwhile(stored) ? null : "the sealed part doesn't open.";
        }
    }

    private bool IsErasedMeanwhile(StoredEvent stored) => source.ErasedAt(stored.Entity) > source.Head;

    private string? KindFault(StoredEvent stored) => stored.Kind switch
    {
        EventKind.EpochOpened => EpochFault(stored),
        EventKind.CatalogueActivated => CatalogueFault(stored),
        EventKind.Erased => ErasureFault(stored),
        _ => null,
    };

    private string? EpochFault(StoredEvent stored)
    {
        var epoch = EventSealer.OpenPart(stored).Epoch;
        var fits = epoch is not null && _epochs < source.Epochs.Count && source.Epochs[_epochs] == (stored.Position, epoch.LedgerId)
            && epoch.FirstPosition == stored.Position && epoch.ChainBefore.Span.SequenceEqual(_chain);
        _epochs++;
        return fits ? null : "the epoch that it opens is not the ledger's.";
    }

    private string? CatalogueFault(StoredEvent stored)
    {
        var digest = EventSealer.OpenPart(stored).Catalogue?.Digest ?? "";
        var bytes = source.Readers.Use(digest, static (reader, wanted) => reader.Catalogue(wanted));
        if (bytes is null || (digest.Length == 64 && Convert.ToHexStringLower(SHA256.HashData(bytes)) != digest))
        {
            return "the catalogue that it names is missing or was changed.";
        }

        projection?.Activated(stored.Position, bytes);
        return null;
    }

    private string? ErasureFault(StoredEvent stored)
    {
        var erased = _entities[stored.Entity];
        _entities[stored.Entity] = erased with { IsGone = true };
        _unexplained.Remove(stored.Entity);
        _erasedEntities++;
        return erased.SealedAt != 0
            ? $"its entity was erased, but the sealed part at position {erased.SealedAt} was not."
            : source.Keys.ForOpening(stored.Entity) is not null
                ? "its entity was erased, but the key was not."
                : source.ErasedAt(stored.Entity) != stored.Position ? "the table of erasures doesn't have it." : null;
    }

    private string? RequestFault(StoredEvent stored) =>
        stored.RequestKey is { } key && source.Indexes.Request(key) != stored.Position ? "its request key isn't found." : null;

    private readonly record struct Known(long Position, long Revision, long SealedAt, bool IsGone);
}
