using CreditExchange.Hub.Tests.Updates;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>The disk fills up while a snapshot is cut.</summary>
public sealed class SnapshotDiskTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("hub-cut-").FullName;
    private bool isMounted;

    private string Folder => Path.Combine(data, "snapshots");

    public void Dispose()
    {
        if (isMounted)
        {
            MountFactAttribute.Run("umount", Folder);
        }

        Directory.Delete(data, recursive: true);
    }

    [MountFact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task A_disk_that_fills_up_under_a_cut_fails_that_cut_alone_and_leaves_nothing_and_the_next_one_works_when_there_is_room()
    {
        Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // Room for some hundred rows; the ledger lies elsewhere.
        Assert.Equal(0, MountFactAttribute.Run("mount", "-t", "tmpfs", "-o", "size=128k,mode=700", "tmpfs", Folder));
        isMounted = true;
        await using var hub = await HubProcess.StartAsync(data);
        var updates = hub.Updates(Writes.Court);
        await SnapshotFileTests.PublishManyAsync(hub, 100);
        Assert.Equal(100, (await SnapshotTests.ReadAsync(updates, new ReadSnapshotRequest())).Header.Count);
        var kept = Assert.Single(Directory.GetFiles(Folder));

        var listed = await SnapshotFileTests.PublishManyAsync(hub, 4_000, "more");
        for (var i = 0; i < 3; i++)
        {
            var refused = await RpcFailure.OfAsync(() => SnapshotTests.ReadAsync(updates, new ReadSnapshotRequest()));
            Assert.Equal((StatusCode.Unavailable, "SNAPSHOT_UNAVAILABLE", true), (refused.Code, refused.Reason, refused.Retry));
            Assert.Equal([kept], Directory.GetFiles(Folder));
        }

        Assert.Contains(hub.Output, line => line.Contains("A snapshot could not be written", StringComparison.Ordinal));

        // The one that is there is still read, and everything else goes on.
        var position = long.Parse(Path.GetFileNameWithoutExtension(kept), null);
        var ledgerId = (await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("beside", 7))).LedgerId;
        var older = await SnapshotTests.ReadAsync(updates, new ReadSnapshotRequest { SnapshotId = $"{ledgerId}@{position}" });
        Assert.Equal(100, older.Rows.Count);
        var check = await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(TestListings.Company(7), listed[^1].Position));
        Assert.Equal(Verdict.Restricted, check.Verdict);

        Assert.Equal(0, MountFactAttribute.Run("mount", "-o", "remount,size=8m", Folder));
        var whole = await SnapshotTests.ReadAsync(updates, new ReadSnapshotRequest());
        Assert.Equal((4_101L, 4_101), (whole.Header.Count, whole.Rows.Count));
        Assert.DoesNotContain(Directory.GetFiles(Folder), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }
}
