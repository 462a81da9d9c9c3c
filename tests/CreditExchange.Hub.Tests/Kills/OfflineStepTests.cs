using System.Diagnostics;
using System.Globalization;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace CreditExchange.Hub.Tests.Kills;

/// <summary>
/// cx is killed at every named step of a restore and of a rebuild. No hub begins on what is half done; the same command again
/// makes it whole.
/// </summary>
public sealed class OfflineStepTests(FilledFolder filled) : IClassFixture<FilledFolder>, IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("hub-offline-").FullName;

    public static TheoryData<string> Names => [.. Steps.Offline.Select(s => s.Name)];

    private string Data => Path.Combine(root, "data");

    private string Restored => Path.Combine(root, "restored");

    // For a hub: the restored folder has no key of Development's own.
    private string WrappingKey => "Keys__WrappingKey=" + Convert.ToBase64String(File.ReadAllBytes(Path.Combine(Data, "keys", "wrapping.key")));

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_restore_or_a_rebuild_killed_at_a_step_is_made_whole_by_the_same_command(string name)
    {
        var step = Steps.Offline.Single(s => s.Name == name);
        filled.CopyTo(Data);
        var before = await BackUpAsync();
        var isRebuild = step.Work == Work.Rebuild;
        string[] command = isRebuild
            ? ["ledger", "rebuild", "--data", Data]
            : ["ledger", "restore", "--from", $"{root}/backup/one", "--keys", $"{root}/backup-keys/one", "--data", Restored,
                "--wrapping-key-file", $"{Data}/keys/wrapping.key"];
        if (step.Work == Work.RestoreAgain)
        {
            Assert.Equal(137, (await RunAsync("restore.after-keys-moved:1", command)).Code);
        }

        var (killed, output) = await RunAsync(string.Create(CultureInfo.InvariantCulture, $"{name}:{step.Count}"), command);
        Assert.True(killed == 137, $"{killed}: {output}");

        var isMoved = name == "restore.after-ledger-moved";
        if (!isRebuild && !isMoved)
        {
            // A hub on half a restore would begin a ledger of its own.
            var (refused, said) = await HubProcess.RunToExitAsync(Restored, WrappingKey);
            Assert.True(refused == 3, said);
            Assert.Contains("restore", said, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(Restored, "ledger.db")));
        }

        var (code, again) = await RunAsync("", command);
        if (isMoved)
        {
            // It was done already, and says that there is a ledger.
            Assert.True(code == 5, again);
            Assert.Contains("holds a ledger already", again, StringComparison.Ordinal);
        }
        else
        {
            Assert.True(code == 0, again);
        }

        await CheckAsync(isRebuild ? Data : Restored, before, isRebuild);
    }

    private async Task<List<string>> BackUpAsync()
    {
        var hub = await HubServer.StartAsync(Data, null, $"Backup:Folder={root}/backup", $"Backup:KeysFolder={root}/backup-keys");
        using (var call = new MaintenanceService.MaintenanceServiceClient(hub.As("operator")).BackupLedger(new BackupLedgerRequest { Name = "one" }))
        {
            Assert.NotNull((await call.ResponseStream.ReadAllAsync().ToListAsync())[^1].Manifest);
        }

        await hub.StopAsync();
        return await ChainsAsync(Data);
    }

    private async Task CheckAsync(string folder, List<string> before, bool isRebuild)
    {
        var report = await OfflineLedger.VerifyAsync(Options(folder), new EventProjection());
        Assert.True(report.IsSound, report.Fault);
        var after = await ChainsAsync(folder);
        Assert.Equal(before, after.Take(before.Count));
        // One new epoch, however often it was begun.
        Assert.Equal(before.Count + (isRebuild ? 0 : 1), after.Count);
        Assert.EndsWith(isRebuild ? ".1" : ".2", report.LedgerId, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, "restoring")));

        await using var hub = await HubProcess.StartAsync(folder, WrappingKey);
        var check = await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(filled.Restricted[0]));
        Assert.Equal(Verdict.Restricted, check.Verdict);
        // The request keys are whole too: what was answered before is answered alike.
        var seed = Keys.RotationLoad.SeedOf("filled", 1);
        var repeated = await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("filled-1", seed));
        Assert.True(repeated.Listing.Position <= before.Count);
    }

    // Opening it removes what a finished restore may have left.
    private async Task<List<string>> ChainsAsync(string folder)
    {
        await using var ledger = await SqliteLedger.OpenAsync(Options(folder), TimeProvider.System, NullLogger.Instance);
        var chains = new List<string>();
        while (ledger.Read(chains.Count + 1, 1_000) is { Count: > 0 } page)
        {
            chains.AddRange(page.Select(e => Convert.ToHexString(e.Chain)));
        }

        return chains;
    }

    private LedgerOptions Options(string folder) =>
        new() { DataFolder = folder, WrappingKey = File.ReadAllBytes(Path.Combine(Data, "keys", "wrapping.key")) };

    private static async Task<(int Code, string Output)> RunAsync(string trap, string[] command)
    {
        using var cx = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", [TrapsBuild.Cx, .. command, "--lang", "en"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["CREDITEXCHANGE_TRAP"] = trap, ["DOTNET_EnableDiagnostics"] = "0" },
            },
        };
        cx.Start();
        var texts = await Task.WhenAll(cx.StandardOutput.ReadToEndAsync(), cx.StandardError.ReadToEndAsync());
        await cx.WaitForExitAsync();
        return (cx.ExitCode, string.Concat(texts));
    }
}
