namespace CreditExchange.Ledger.Sqlite;

/// <summary>The file of a database.</summary>
internal static class DatabaseFile
{
    /// <summary>
    /// Makes an empty database file of mode 0600 before SQLite would make it readable for all; its log takes the same mode.
    /// </summary>
    public static void Prepare(string file)
    {
        try
        {
            if (!File.Exists(file))
            {
                PrivatePaths.Open(file, FileShare.ReadWrite).Dispose();
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LedgerRefusedException($"{file} cannot be made: {failure.Message}", failure);
        }
    }
}
