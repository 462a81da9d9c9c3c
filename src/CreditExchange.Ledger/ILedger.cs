using CreditExchange.Ledger.Backup;
using CreditExchange.V1;

namespace CreditExchange.Ledger;

/// <summary>The ordered store of everything that the hub accepted. All members may be called from any thread.</summary>
public interface ILedger : IAsyncDisposable
{
    /// <summary>Id and epoch, written together: "7f3a9c.1".</summary>
    string LedgerId { get; }

    /// <summary>Position of the newest event that readers see.</summary>
    long Head { get; }

    /// <summary>When the head was recorded.</summary>
    DateTimeOffset HeadRecordedAt { get; }

    /// <summary>The longest read transaction of the store since the start; beyond a second it lets the log grow, which is a fault.</summary>
    TimeSpan LongestRead { get; }

    /// <summary>Keys of this hub.</summary>
    HubKeys Keys { get; }

    /// <summary>What becomes of the keys: status and rotation.</summary>
    KeyBook KeyBook { get; }

    /// <summary>How far those have come who follow the ledger.</summary>
    IProgressStore Progress { get; }

    /// <summary>
    /// The 32-byte key under which an entity's content goes to one audience: derived from the entity's data key, so that it is
    /// gone with it; null: it is gone.
    /// </summary>
    byte[]? ContentKey(long entity, string audience);

    /// <summary>Under which subjects entities are found, in order after one (0 to begin), at most max; empty at the end.</summary>
    IReadOnlyList<SubjectRow> ReadSubjects(long afterEntity, int max);

    /// <summary>Files entities under other subject keys, behind other work; a row whose entity has changed since is passed over.</summary>
    /// <returns>How many were filed.</returns>
    Task<int> RefileAsync(IReadOnlyList<SubjectRow> rows, CancellationToken cancel = default);

    /// <summary>A new entity number: growing, never given twice to an event; numbers that no event used are lost.</summary>
    long ReserveEntity();

    /// <summary>Seals, hashes and appends an event; completes when it is durable. Cancelling before it reached the writer
    /// leaves nothing; afterwards the outcome is awaited.</summary>
    /// <exception cref="LedgerUnavailableException">I/O failed or too much waits; retry with the same request key.</exception>
    ValueTask<AppendResult> AppendAsync(EventDraft draft, CancellationToken cancel = default);

    /// <summary>Completes when <see cref="Head"/> is above a position.</summary>
    Task WaitBeyondAsync(long position, CancellationToken cancel = default);

    /// <summary>Events in order from a position on, at most max and never above the head; empty at the end.</summary>
    IReadOnlyList<StoredEvent> Read(long fromPosition, int max);

    /// <summary>The newest event of an entity; null: none.</summary>
    StoredEvent? Last(long entity);

    /// <summary>The newest event of an entity at or below a position; null: none.</summary>
    StoredEvent? At(long entity, long maxPosition);

    /// <summary>The event that a request made; null: none.</summary>
    StoredEvent? FindRequest(RequestKey key);

    /// <summary>The live entity that has a source key; null: none.</summary>
    long? FindSource(SourceKey key);

    /// <summary>Entities in order after one (0 to begin), at most max, with their newest events; empty at the end.</summary>
    IReadOnlyList<StateRow> ReadState(long afterEntity, int max);

    /// <summary>
    /// The same without sealed parts, proofs and keys, which a view doesn't look at: to fill the views at a start.
    /// </summary>
    IReadOnlyList<StateRow> ReadOpenState(long afterEntity, int max);

    /// <summary>The same of entities that aren't listings: links, agencies, catalogues, keys.</summary>
    IReadOnlyList<StateRow> ReadOpenOthers(long afterEntity, int max);

    /// <summary>The same of entities whose newest event is after a position, in the order of these events, at most max; empty at the end.</summary>
    IReadOnlyList<StateRow> ReadOpenSince(long afterPosition, int max);

    /// <summary>Entities that were erased after a position.</summary>
    IReadOnlyList<long> ErasedSince(long position);

    /// <summary>Says that a page of events is about to be opened, so that their keys are read together; changes nothing else.</summary>
    void WillOpen(IReadOnlyList<StoredEvent> page);

    /// <summary>The whole event: open and unsealed personal part and what the writer assigned. Erased content is marked.</summary>
    LedgerEvent Open(StoredEvent stored);

    /// <summary>The open part and what the writer assigned; nothing is unsealed.</summary>
    LedgerEvent OpenPart(StoredEvent stored);

    /// <summary>A stored catalogue's bytes by their digest; null: none.</summary>
    byte[]? Catalogue(string digest);

    /// <summary>Position of the event that erased an entity; null: it wasn't.</summary>
    long? ErasedAt(long entity);

    /// <summary>The last position that this ledger has in common with a ledger id and epoch; 0 for one that it doesn't know.</summary>
    long CommonWith(string ledgerId);

    /// <summary>
    /// Reads everything again as if nothing were true yet: chain, commitments, seals, positions, epochs, catalogues, erasures,
    /// state, source and request keys. Reports the first fault.
    /// </summary>
    /// <param name="projection">Makes the state from the events, to compare it whole; null: only what the events tell openly.</param>
    /// <param name="progress">Is told the position reached and the head, about a thousand events apart.</param>
    /// <param name="cancel">Ends it.</param>
    Task<VerifyReport> VerifyAsync(
        IStateProjection? projection = null, Action<long, long>? progress = null, CancellationToken cancel = default);

    /// <summary>Copies the ledger, and apart from it its keys, while it is written.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="progress">Is told the position reached and the head.</param>
    /// <param name="cancel">Ends it; what was copied is removed.</param>
    /// <exception cref="IOException">A folder can't be written.</exception>
    Task<BackupResult> BackupAsync(BackupTarget target, Action<long, long>? progress = null, CancellationToken cancel = default);
}
