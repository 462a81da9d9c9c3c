namespace CreditExchange.Ledger.Backup;

/// <summary>What to restore, and where.</summary>
/// <param name="Folder">Folder of the ledger's backup.</param>
/// <param name="KeysFolder">Folder of the keys' backup: the same one's or a newer one's.</param>
/// <param name="Target">The data folder, without a ledger in it, and the wrapping key, which must be given.</param>
/// <param name="Epoch">Number of the new epoch; 0: the backup's + 1. Higher ones for a second restore of the same backup.</param>
/// <param name="EraseWithoutKey">Whether what has no key any more is recorded as erased; else the restore is refused.</param>
public sealed record RestoreRequest(string Folder, string KeysFolder, LedgerOptions Target, long Epoch, bool EraseWithoutKey);

/// <summary>What was restored.</summary>
/// <param name="LedgerId">The new id and epoch.</param>
/// <param name="Common">The last position that it has in common with the ledger that the backup was made of.</param>
/// <param name="Head">Its last position.</param>
/// <param name="Erased">Entities recorded as erased, because their key is gone.</param>
public sealed record RestoreReport(string LedgerId, long Common, long Head, long Erased);
