namespace CreditExchange.TestKit;

/// <summary>Which build of the hub the tests start as a process.</summary>
internal static class HubProgram
{
    private const string Name = "CreditExchange.Hub.dll";

    /// <summary>
    /// What `make build` publishes is compiled ahead, and costs a quarter less processor time to start; unless code was
    /// built since, or it isn't there: then the build beside the tests.
    /// </summary>
    public static string File { get; } = Published() is { } folder && IsNoOlder(folder) ? Path.Combine(folder, Name) : Path.Combine(AppContext.BaseDirectory, Name);

    private static string? Published()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "CreditExchange.sln")))
        {
            folder = folder.Parent;
        }

        return folder is null ? null : Path.Combine(folder.FullName, "artifacts", "hub");
    }

    // Each part of the published program was made after the same part beside the tests.
    private static bool IsNoOlder(string folder) =>
        Directory.Exists(folder) && System.IO.File.Exists(Path.Combine(folder, Name))
        && Directory.EnumerateFiles(folder, "*.dll").All(published =>
            System.IO.File.GetLastWriteTimeUtc(published)
                >= System.IO.File.GetLastWriteTimeUtc(Path.Combine(AppContext.BaseDirectory, Path.GetFileName(published))));
}
