using System.Diagnostics;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>
/// An ext4 file system in a file, which the kernel makes read-only under the files that are open in it, as it does when it meets
/// a fault of the disk. (To mount a file system read-only is refused while a file is open for writing.)
/// </summary>
internal sealed class FailingDisk : IDisposable
{
    private readonly string image;
    private bool isMounted;

    public FailingDisk(string image, string folder)
    {
        this.image = image;
        Folder = folder;
        Directory.CreateDirectory(folder);
        using (var file = new FileStream(image, FileMode.CreateNew))
        {
            file.SetLength(160L << 20);
        }

        Assert.Equal(0, MountFactAttribute.Run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", image));
        Mount();
    }

    /// <summary>Where it is mounted.</summary>
    public string Folder { get; }

    /// <summary>Whether this machine lets a test do so.</summary>
    public static bool IsPossible()
    {
        var root = Directory.CreateTempSubdirectory("mount-").FullName;
        try
        {
            using var disk = new FailingDisk(Path.Combine(root, "image"), Path.Combine(root, "disk"));
            return File.Exists(disk.Trigger);
        }
        catch (Exception error) when (error is Xunit.Sdk.XunitException or IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>From now on every write to it is refused.</summary>
    public void Fail() => File.WriteAllText(Trigger, "1");

    /// <summary>Checked and mounted anew, as an operator does it; nobody has a file open in it.</summary>
    public void Repair()
    {
        Unmount();
        // 1: faults were found and repaired.
        Assert.InRange(MountFactAttribute.Run("e2fsck", "-fy", image), 0, 1);
        Mount();
    }

    public void Dispose()
    {
        if (isMounted)
        {
            Unmount();
        }
    }

    private string Trigger
    {
        get
        {
            using var find = Process.Start(new ProcessStartInfo("findmnt", ["-no", "SOURCE", Folder]) { RedirectStandardOutput = true })!;
            var device = find.StandardOutput.ReadToEnd().Trim();
            find.WaitForExit();
            return $"/sys/fs/ext4/{Path.GetFileName(device)}/trigger_fs_error";
        }
    }

    private void Mount()
    {
        Assert.Equal(0, MountFactAttribute.Run("mount", "-o", "loop,errors=remount-ro", image, Folder));
        isMounted = true;
    }

    private void Unmount()
    {
        Assert.Equal(0, MountFactAttribute.Run("umount", Folder));
        isMounted = false;
    }
}

/// <summary>A test on a disk that fails; skipped, with the reason, where none can be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FailingDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> s_isPossible = new(FailingDisk.IsPossible);

    public FailingDiskFactAttribute()
    {
        if (!s_isPossible.Value)
        {
            Skip = "A file system of the test's own that turns read-only needs root, mkfs.ext4, a loop device and the kernel's trigger_fs_error.";
        }
    }
}
