using CreditExchange.Ledger.Backup;
using CreditExchange.Ledger.Sqlite;

namespace CreditExchange.Ledger;

/// <summary>Work on a ledger's files while no hub runs. Each locks the data folder; none makes a ledger where there is none.</summary>
public static class OfflineLedger
{
    /// <summary>As <see cref="ILedger.VerifyAsync"/>, also of a ledger that a hub refuses to open.</summary>
    /// <exception cref="LedgerRefusedException">There is no ledger, a hub has it, or the key is another one.</exception>
    public static Task<VerifyReport> VerifyAsync(
        LedgerOptions options, IStateProjection? projection, Action<long, long>? progress = null, CancellationToken cancel = default) => Task.Run(
        () =>
        {
            using var store = OfflineStore.Open(options, TimeProvider.System);
            return new Verification(store.ToVerify(), projection, progress, cancel).Run();
        }, cancel);

    /// <summary>Drops what is derived (state, source and request keys, erasures) and makes it again from the events.</summary>
    /// <exception cref="LedgerRefusedException">There is no ledger, a hub has it, or its events are damaged; nothing was changed.</exception>
    public static Task<RebuildReport> RebuildAsync(
        LedgerOptions options, IStateProjection projection, Action<long, long>? progress = null, CancellationToken cancel = default) => Task.Run(
        () =>
        {
            using var store = OfflineStore.Open(options, TimeProvider.System);
            return new Rebuilding(store, projection, progress, cancel).Run();
        }, cancel);

    /// <summary>Puts a backup into an empty data folder, as the ledger's next epoch.</summary>
    /// <exception cref="LedgerRefusedException">The backup isn't whole, or the folder isn't empty; the folder is left as it was.</exception>
    public static Task<RestoreReport> RestoreAsync(
        RestoreRequest request, IStateProjection projection, TimeProvider time, Action<long, long>? progress = null,
        CancellationToken cancel = default) =>
        Task.Run(() => new LedgerRestore(request, projection, time, progress, cancel).Run(), cancel);
}

/// <summary>What a rebuild made.</summary>
/// <param name="LedgerId">Id and epoch.</param>
/// <param name="Head">The last position read.</param>
/// <param name="Entities">Entities with a state.</param>
/// <param name="Requests">Request keys.</param>
public sealed record RebuildReport(string LedgerId, long Head, long Entities, long Requests);
