using CreditExchange.Ledger;
using CreditExchange.Ledger.Backup;
using CreditExchange.Lookup.Edge;
using CreditExchange.V1;

namespace CreditExchange.Hub.Edge;

/// <summary>
/// What an edge node knows of the ledger: its id, its keys, its head as last told. It holds no event, so nothing can be read
/// from it or written to it; no method that would is served.
/// </summary>
public sealed class EdgeLedger(EdgeView view) : ILedger
{
    /// <inheritdoc/>
    public string LedgerId => view.State.LedgerId;

    /// <inheritdoc/>
    public long Head => view.Head;

    /// <inheritdoc/>
    public DateTimeOffset HeadRecordedAt => view.State.RecordedAt;

    /// <inheritdoc/>
    public TimeSpan LongestRead => TimeSpan.Zero;

    /// <inheritdoc/>
    public HubKeys Keys => view.State.Keys;

    /// <inheritdoc/>
    public KeyBook KeyBook => throw None();

    /// <inheritdoc/>
    public IProgressStore Progress => throw None();

    /// <inheritdoc/>
    public byte[]? ContentKey(long entity, string audience) => throw None();

    /// <inheritdoc/>
    public IReadOnlyList<SubjectRow> ReadSubjects(long afterEntity, int max) => throw None();

    /// <inheritdoc/>
    public Task<int> RefileAsync(IReadOnlyList<SubjectRow> rows, CancellationToken cancel = default) => throw None();

    /// <inheritdoc/>
    public long ReserveEntity() => throw None();

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(EventDraft draft, CancellationToken cancel = default) => throw None();

    /// <inheritdoc/>
    public Task WaitBeyondAsync(long position, CancellationToken cancel = default) => throw None();

    /// <inheritdoc/>
    public IReadOnlyList<StoredEvent> Read(long fromPosition, int max) => throw None();

    /// <inheritdoc/>
    public StoredEvent? Last(long entity) => throw None();

    /// <inheritdoc/>
    public StoredEvent? At(long entity, long maxPosition) => throw None();

    /// <inheritdoc/>
    public StoredEvent? FindRequest(RequestKey key) => throw None();

    /// <inheritdoc/>
    public long? FindSource(SourceKey key) => throw None();

    /// <inheritdoc/>
    public IReadOnlyList<StateRow> ReadState(long afterEntity, int max) => throw None();

    /// <inheritdoc/>
    public IReadOnlyList<StateRow> ReadOpenState(long afterEntity, int max) => throw None();

    /// <inheritdoc/>
    public IReadOnlyList<StateRow> ReadOpenOthers(long afterEntity, int max) => throw None();

    /// <inheritdoc/>
    public IReadOnlyList<StateRow> ReadOpenSince(long afterPosition, int max) => throw None();

    /// <inheritdoc/>
    public IReadOnlyList<long> ErasedSince(long position) => throw None();

    /// <inheritdoc/>
    public void WillOpen(IReadOnlyList<StoredEvent> page) => throw None();

    /// <inheritdoc/>
    public LedgerEvent Open(StoredEvent stored) => throw None();

    /// <inheritdoc/>
    public LedgerEvent OpenPart(StoredEvent stored) => throw None();

    /// <inheritdoc/>
    public byte[]? Catalogue(string digest) => throw None();

    /// <inheritdoc/>
    public long? ErasedAt(long entity) => throw None();

    /// <inheritdoc/>
    public long CommonWith(string ledgerId) => 0;

    /// <inheritdoc/>
    public Task<VerifyReport> VerifyAsync(
        IStateProjection? projection = null, Action<long, long>? progress = null, CancellationToken cancel = default) => throw None();

    /// <inheritdoc/>
    public Task<BackupResult> BackupAsync(BackupTarget target, Action<long, long>? progress = null, CancellationToken cancel = default) =>
        throw None();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static NotSupportedException None() => new("An edge node holds no ledger.");
}
