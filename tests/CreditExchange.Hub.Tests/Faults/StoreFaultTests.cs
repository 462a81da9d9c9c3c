using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>Disks that are full or read-only, folders that are taken, keys that don't fit.</summary>
public sealed class StoreFaultTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("hub-store-").FullName;
    private bool isMounted;

    private string Data => Path.Combine(folder, "data");

    public void Dispose()
    {
        if (isMounted)
        {
            MountFactAttribute.Run("umount", folder);
        }

        Directory.Delete(folder, recursive: true);
    }

    [MountFact]
    public async Task A_full_disk_refuses_writes_keeps_what_was_acknowledged_and_writing_goes_on_when_there_is_space()
    {
        Mount();

        var ballast = Path.Combine(folder, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[12 << 20]);
        var acknowledged = new List<Listing>();
        await using (var hub = await HubProcess.StartAsync(Data))
        {
            var registry = hub.Registry(Writes.Court);
            var refused = await FillAsync(registry, acknowledged);
            Assert.Equal((StatusCode.Unavailable, "LEDGER_UNAVAILABLE"), (refused.StatusCode, Writes.ReasonOf(refused)));
            Assert.True(Writes.SaysWhenToRetry(refused));
            Assert.NotEmpty(acknowledged);

            // Every kind of write says the same, and reads and checks go on.
            var newest = acknowledged[^1];
            Assert.Equal("LEDGER_UNAVAILABLE", await AmendUntilRefusedAsync(registry, acknowledged));
            var got = await registry.GetListingAsync(new GetListingRequest { ListingId = newest.ListingId });
            Assert.Equal(newest, got.Listing);
            var check = await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(newest.Subject, newest.Position));
            Assert.Equal(Verdict.Restricted, check.Verdict);

            // Without a restart: the next write after space is there.
            File.Delete(ballast);
            var after = await registry.PublishListingAsync(Writes.Publish("after-full", -7));
            Assert.True(after.Listing.Position > acknowledged.Max(l => l.Position));
            acknowledged.Add(after.Listing);
            check = await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(after.Listing.Subject, after.Listing.Position));
            Assert.Equal(Verdict.Restricted, check.Verdict);
            await hub.KillAsync();
        }

        await using var ledger = await OpenAsync();
        var report = await ledger.VerifyAsync();
        Assert.True(report.IsSound, report.Fault);
        Assert.All(acknowledged, l => Assert.Equal(l.SourceRef, ledger.Open(ledger.Read(l.Position, 1)[0]).Listing.SourceRef));
    }

    [MountFact]
    public async Task Full_disks_under_the_keys_and_under_the_backups_are_told_and_lose_nothing()
    {
        Mount();
        var ballast = Path.Combine(folder, "ballast");
        var data = Directory.CreateTempSubdirectory("hub-keys-").FullName;
        try
        {
            await using (var first = await HubProcess.StartAsync(data))
            {
                await first.StopAsync();
            }

            // The keys alone lie on the small disk.
            File.Move(Path.Combine(data, "keys.db"), Path.Combine(folder, "keys.db"));
            File.CreateSymbolicLink(Path.Combine(data, "keys.db"), Path.Combine(folder, "keys.db"));
            await using var hub = await HubProcess.StartAsync(data, $"--Backup:Folder={folder}/backup", $"--Backup:KeysFolder={data}/backup-keys");
            var registry = hub.Registry(Writes.Court);
            var before = await registry.PublishListingAsync(Writes.Publish("before", 2, person: true));
            FillDisk(ballast);
            var reasons = new List<string>();
            var acknowledged = new List<Listing> { before.Listing };
            for (var i = 0; i < 200 && reasons.Count < 3; i++)
            {
                try
                {
                    acknowledged.Add((await registry.PublishListingAsync(Writes.Publish($"full-{i}", 100 + i, person: true))).Listing);
                }
                catch (RpcException error)
                {
                    reasons.Add(Writes.ReasonOf(error));
                }
            }

            Assert.Equal(["LEDGER_UNAVAILABLE", "LEDGER_UNAVAILABLE", "LEDGER_UNAVAILABLE"], reasons);
            // A company has no personal part and needs no key.
            var company = await registry.PublishListingAsync(Writes.Publish("company", 3));
            Assert.Equal("BACKUP_REFUSED", await Writes.ReasonOf(() => BackupAsync(hub, "full")));
            File.Delete(ballast);
            var after = await registry.PublishListingAsync(Writes.Publish("after", 4, person: true));
            Assert.Equal(company.Listing.Position + 1, after.Listing.Position);
            await BackupAsync(hub, "full");
            await hub.KillAsync();

            await using var ledger = await SqliteLedger.OpenAsync(
                new LedgerOptions { DataFolder = data, CreateWrappingKey = true }, TimeProvider.System, NullLogger.Instance);
            var report = await ledger.VerifyAsync();
            Assert.True(report.IsSound, report.Fault);
            Assert.All(acknowledged, l => Assert.Equal(l.Subject, ledger.Open(ledger.Read(l.Position, 1)[0]).Listing.Subject));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [MountFact]
    public async Task A_read_only_data_folder_is_refused_with_exit_code_3_and_is_not_taken_for_another_hub()
    {
        Mount();

        await using (var hub = await HubProcess.StartAsync(Data))
        {
            await hub.StopAsync();
        }

        Assert.Equal(0, MountFactAttribute.Run("mount", "-o", "remount,ro", folder));
        var (code, said) = await HubProcess.RunToExitAsync(Data);
        Assert.True(code == 3, said);
        Assert.Contains("cannot be written", said, StringComparison.Ordinal);
        Assert.DoesNotContain("another hub", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_hub_on_the_folder_is_refused_with_exit_code_3_and_the_first_serves_on()
    {
        await using var hub = await HubProcess.StartAsync(Data);
        var (code, said) = await HubProcess.RunToExitAsync(Data);
        Assert.True(code == 3, said);
        Assert.Contains("in use by another hub", said, StringComparison.Ordinal);
        await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("still", 1));
    }

    [Fact]
    public async Task A_foreign_or_missing_wrapping_key_is_refused_with_exit_code_3_and_the_right_one_opens()
    {
        var right = $"Keys__WrappingKey={Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)])}";
        await using (var hub = await HubProcess.StartAsync(Data, right))
        {
            await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("key", 1));
            await hub.StopAsync();
        }

        var (code, said) = await HubProcess.RunToExitAsync(
            Data, $"Keys__WrappingKey={Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(i => (byte)i)])}");
        Assert.True(code == 3, said);
        Assert.Contains("another wrapping key", said, StringComparison.Ordinal);
        (code, said) = await HubProcess.RunToExitAsync(Data);
        Assert.True(code == 3, said);
        await using var again = await HubProcess.StartAsync(Data, right);
        var check = await again.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(TestListings.Company(1)));
        Assert.Equal(Verdict.Restricted, check.Verdict);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task The_data_folder_and_everything_in_it_is_the_hubs_own()
    {
        await using var hub = await HubProcess.StartAsync(Data);
        await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("mode", 1, person: true));
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Data));
        var files = Directory.GetFiles(Data, "*", SearchOption.AllDirectories);
        Assert.Contains(files, f => f.EndsWith("ledger.db-wal", StringComparison.Ordinal));
        Assert.All(files, f => Assert.True((File.GetUnixFileMode(f) & others) == 0, $"{f}: {File.GetUnixFileMode(f)}"));
    }

    private static async Task<RpcException> FillAsync(RegistryService.RegistryServiceClient registry, List<Listing> acknowledged)
    {
        RpcException? refused = null;
        var number = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            while (Volatile.Read(ref refused) is null)
            {
                try
                {
                    var i = Interlocked.Increment(ref number);
                    var answer = await registry.PublishListingAsync(Writes.Publish($"fill-{i}", i, person: i % 2 == 0));
                    lock (acknowledged)
                    {
                        acknowledged.Add(answer.Listing);
                    }
                }
                catch (RpcException error)
                {
                    Interlocked.CompareExchange(ref refused, error, null);
                }
            }
        }));
        return refused!;
    }

    // What a refused commit had already put into the log is free for smaller ones, so some amendments may still fit.
    private static async Task<string> AmendUntilRefusedAsync(
        RegistryService.RegistryServiceClient registry, IReadOnlyList<Listing> acknowledged)
    {
        foreach (var listing in acknowledged)
        {
            try
            {
                await registry.AmendListingAsync(Writes.Amend($"full-{listing.ListingId}", listing.ListingId, 1));
            }
            catch (RpcException error)
            {
                return Writes.ReasonOf(error);
            }
        }

        return "none: every amendment fitted";
    }

    private static async Task BackupAsync(HubProcess hub, string name)
    {
        using var call = new MaintenanceService.MaintenanceServiceClient(hub.As("operator")).BackupLedger(new BackupLedgerRequest { Name = name });
        Assert.NotNull((await call.ResponseStream.ReadAllAsync().ToListAsync())[^1].Manifest);
    }

    private static void FillDisk(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        try
        {
            for (var block = new byte[4096]; ;)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // That was the purpose.
            return;
        }
    }

    private Task<SqliteLedger> OpenAsync() => SqliteLedger.OpenAsync(
        new LedgerOptions { DataFolder = Data, CreateWrappingKey = true }, TimeProvider.System, NullLogger.Instance);

    // Only root may mount; elsewhere these tests have nothing to stand on and say so.
    private void Mount()
    {
        Assert.Equal(0, MountFactAttribute.Run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder));
        isMounted = true;
    }
}
