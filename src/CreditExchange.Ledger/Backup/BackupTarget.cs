using CreditExchange.V1;

namespace CreditExchange.Ledger.Backup;

/// <summary>Where a backup goes. The two folders should lie on different media: who has both and the wrapping key has all.</summary>
/// <param name="Folder">Folder of the ledger's backups; each gets a folder of its name in it.</param>
/// <param name="KeysFolder">The same for the keys' backups.</param>
/// <param name="Name">Name of this backup; empty: time and position.</param>
/// <param name="KeysKept">Backups of keys that are older are deleted: an erasure must reach them.</param>
/// <param name="Time">The clock.</param>
public sealed record BackupTarget(string Folder, string KeysFolder, string Name, TimeSpan KeysKept, TimeProvider Time);

/// <summary>What was backed up.</summary>
/// <param name="Ledger">The ledger's manifest.</param>
/// <param name="Keys">The keys' manifest.</param>
/// <param name="KeysRemoved">Older backups of keys that were deleted.</param>
public sealed record BackupResult(BackupManifest Ledger, BackupManifest Keys, int KeysRemoved);
