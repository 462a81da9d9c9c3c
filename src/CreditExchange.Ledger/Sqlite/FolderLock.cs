namespace CreditExchange.Ledger.Sqlite;

/// <summary>Keeps a data folder to one hub: an exclusively opened file, which the system frees when the process dies.</summary>
internal sealed class FolderLock : IDisposable
{
    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    public static FolderLock Take(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LedgerRefusedException($"The data folder {folder} cannot be made: {failure.Message}", failure);
        }

        try
        {
            return new FolderLock(new FileStream(Path.Combine(folder, "hub.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new LedgerRefusedException($"The data folder {folder} cannot be written: {failure.Message}", failure);
        }
        catch (IOException failure)
        {
            throw new LedgerRefusedException(
                $"The data folder {folder} is in use by another hub. Stop that one, or give this one a folder of its own.", failure);
        }
    }

    public void Dispose() => _file.Dispose();
}
