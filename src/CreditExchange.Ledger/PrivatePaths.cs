namespace CreditExchange.Ledger;

/// <summary>
/// Folders and files that only the hub's user may look into, whatever the umask is. Compiled into each project that writes such.
/// </summary>
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

    /// <summary>Opens a file, made with mode 0600 when absent; one that exists keeps its mode.</summary>
    public static FileStream Open(string file, FileShare share) => Open(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);

    /// <summary>The same in another way.</summary>
    public static FileStream Open(string file, FileMode mode, FileAccess access, FileShare share, int bufferSize = 4_096)
    {
        var how = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = bufferSize };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = OwnFile;
        }

        return new FileStream(file, how);
    }
}
