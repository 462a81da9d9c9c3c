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
            PrivatePaths.MakeFolder(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LedgerRefusedException($"The data folder {folder} cannot be made: {failure.Message}", failure);
        }

        try
        {
            return new FolderLock(PrivatePaths.Open(Path.Combine(folder, "hub.lock"), FileShare.None));
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new LedgerRefusedException($"The data folder {folder} cannot be written: {failure.Message}", failure);
        }
        catch (IOException failure) when (!IsTaken(failure))
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

    // The system's code for a file that another process holds: EWOULDBLOCK on Linux and on macOS, a sharing violation on Windows.
    private static bool IsTaken(IOException failure) => failure.HResult is 11 or 35 or unchecked((int)0x80070020);
}
