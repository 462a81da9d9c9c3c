using CreditExchange.Ledger;

namespace CreditExchange.Hub.Access;

/// <summary>Files that only the hub's user may read.</summary>
public static class PrivateFile
{
    /// <summary>Writes a file of mode 0600 whole or not at all: a reader never sees half of it.</summary>
    public static void Write(string path, string text)
    {
        var next = path + ".new";
        File.Delete(next);
        using (var writer = new StreamWriter(PrivatePaths.Open(next, FileMode.CreateNew, FileAccess.Write, FileShare.Read)))
        {
            writer.Write(text);
        }

        Traps.Reach("tokens.before-rename");
        File.Move(next, path, overwrite: true);
        Traps.Reach("tokens.after-rename");
    }
}
