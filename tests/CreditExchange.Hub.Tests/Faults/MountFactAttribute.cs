using System.Diagnostics;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>A test that mounts a small file system of its own; skipped, with the reason, where that is refused.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute()
    {
        var folder = Directory.CreateTempSubdirectory("mount-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder) == 0)
        {
            Run("umount", folder);
        }
        else
        {
            Skip = "Mounting a small tmpfs is refused here; run as root to test full and read-only disks.";
        }

        Directory.Delete(folder);
    }

    /// <summary>Runs a program and gives its exit code.</summary>
    internal static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
