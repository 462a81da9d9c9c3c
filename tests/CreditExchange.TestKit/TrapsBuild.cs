namespace CreditExchange.TestKit;

/// <summary>The test builds of the programs, which can be killed at named steps (`make traps`).</summary>
public static class TrapsBuild
{
    /// <summary>The hub's.</summary>
    /// <exception cref="InvalidOperationException">It wasn't built.</exception>
    public static string Hub => Built("hub-traps", "CreditExchange.Hub.dll");

    /// <summary>That of cx.</summary>
    /// <exception cref="InvalidOperationException">It wasn't built.</exception>
    public static string Cx => Built("cx-traps", "cx.dll");

    /// <summary>The clone.</summary>
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CreditExchange.sln")))
            {
                folder = folder.Parent;
            }

            return folder?.FullName ?? throw new InvalidOperationException("The tests run outside a clone of the repository.");
        }
    }

    private static string Built(string folder, string program)
    {
        var file = Path.Combine(Root, "artifacts", folder, program);
        return File.Exists(file) ? file : throw new InvalidOperationException($"{file} is missing. Run: make traps");
    }
}
