namespace CreditExchange.Ledger.Sqlite;

/// <summary>Folders and files that only the hub's user may look into, whatever the umask is.</summary>
internal static class PrivatePaths
{
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a folder of mode 0700; one that exists keeps the mode that its operator gave it.</summary>
    public static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnFile | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Opens a file, made with mode 0600 when absent.</summary>
    public static FileStream Open(string file, FileShare share)
    {
        var how = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = OwnFile;
        }

        return new FileStream(file, how);
    }

    /// <summary>
    /// Makes an empty database file of mode 0600 before SQLite would make it readable for all; its log takes the same mode.
    /// </summary>
    public static void Prepare(string file)
    {
        try
        {
            if (!File.Exists(file))
            {
                Open(file, FileShare.ReadWrite).Dispose();
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LedgerRefusedException($"{file} cannot be made: {failure.Message}", failure);
        }
    }
}
