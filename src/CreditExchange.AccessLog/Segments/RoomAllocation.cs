using System.Runtime.InteropServices;
using CreditExchange.Ledger;
using Microsoft.Win32.SafeHandles;

namespace CreditExchange.AccessLog.Segments;

/// <summary>
/// Makes files whose room is really theirs. Writing through a mapping to a block that the file doesn't own yet kills the
/// process when the disk is full (SIGBUS), so each block is allocated before a segment is mapped.
/// </summary>
internal static partial class RoomAllocation
{
    /// <summary>A new file of mode 0600 and a size, all of it allocated and zero.</summary>
    /// <exception cref="IOException">There is no room; nothing is left behind.</exception>
    public static SafeFileHandle Create(string path, long bytes)
    {
        File.Delete(path);
        using (var file = PrivatePaths.Open(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read))
        {
            try
            {
                Traps.Reach("log.reserve-empty");
                Allocate(file, bytes);
                Traps.Reach("log.reserve-allocated");
            }
            catch
            {
                File.Delete(path);
                throw;
            }
        }

        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
    }

    private static void Allocate(FileStream file, long bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            var error = PosixFallocate(file.SafeFileHandle, 0, checked((nint)bytes));
            if (error != 0)
            {
                throw new IOException($"No room for {bytes} bytes of access log: error {error}.");
            }

            return;
        }

        // Elsewhere zeros are written, which takes the room too.
        var zeros = new byte[1 << 20];
        for (var left = bytes; left > 0; left -= zeros.Length)
        {
            file.Write(zeros, 0, (int)Math.Min(left, zeros.Length));
        }

        file.Flush(flushToDisk: true);
    }

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int PosixFallocate(SafeFileHandle file, nint offset, nint length);
}
