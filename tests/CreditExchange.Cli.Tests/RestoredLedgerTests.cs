using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Client;
using CreditExchange.Ledger;
using CreditExchange.Ledger.Backup;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Cli.Tests;

/// <summary>A hub is restored from an older backup while somebody follows it: the follower is told, and from where to go on.</summary>
public sealed class RestoredLedgerTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("cx-restored-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task A_watch_of_a_ledger_that_was_restored_ends_and_says_where_to_begin_anew(string language)
    {
        await using var first = await HubServer.StartAsync(null, null, $"Backup:Folder={root}/ledger", $"Backup:KeysFolder={root}/keys");
        await PublishAsync(first, 1);
        var backup = await BackUpAsync(first);
        var lost = await PublishAsync(first, 2);
        await using var way = TcpProxy.To(first.GrpcAddress);
        using var screen = new Screen(until: lost);
        using var errors = new StringWriter();
        var watching = CommandLine.RunAsync(
            ["watch", "--from", "1", "--lang", language, "--address", way.Address],
            new Terminal
            {
                Out = screen,
                Error = TextWriter.Synchronized(errors),
                Environment = name => name == "CREDITEXCHANGE_DATA" ? first.Data : null,
            });
        await Task.WhenAny(screen.Complete, watching);
        Assert.True(screen.Complete.IsCompleted, errors.ToString());

        var restored = await RestoreAsync(first);
        await using var second = await HubServer.StartAsync(restored);
        way.Turn(second.GrpcAddress);
        await first.StopAsync();

        Assert.Equal(ExitCode.Other, await watching.WaitAsync(TimeSpan.FromMinutes(1)));
        var said = errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Contains("LEDGER_DIVERGED", said, StringComparison.Ordinal);
        Assert.Contains($"cx watch --from {backup.Position + 1}", said, StringComparison.Ordinal);
        Assert.Contains(backup.LedgerId.Replace(".1", ".2", StringComparison.Ordinal), said, StringComparison.Ordinal);
        Assert.Equal(language == "zh", said.Contains("恢复", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_follower_that_goes_on_after_the_last_common_position_has_the_restored_ledger_whole()
    {
        await using var first = await HubServer.StartAsync(null, null, $"Backup:Folder={root}/ledger", $"Backup:KeysFolder={root}/keys");
        await PublishAsync(first, 1);
        var backup = await BackUpAsync(first);
        var lost = await PublishAsync(first, 2);
        await first.StopAsync();
        await using var second = await HubServer.StartAsync(await RestoreAsync(first));

        var seen = new UpdateFollower(
            second.Updates("operator"), new WatchUpdatesRequest { FromPosition = lost + 1, LedgerId = backup.LedgerId });
        var diverged = await Assert.ThrowsAsync<RpcException>(async () => await FirstAsync(seen));
        var error = HubError.From(diverged)!;
        Assert.Equal(("LEDGER_DIVERGED", $"{backup.Position}"), (error.Reason, error.Facts["common"]));

        // What both have in common is that of the former ledger; behind it stands the new epoch.
        var anew = new UpdateFollower(second.Updates("operator"), new WatchUpdatesRequest { FromPosition = backup.Position + 1 });
        var epoch = (await FirstAsync(anew)).Event;
        Assert.Equal((backup.Position + 1, EventKind.EpochOpened), (epoch.Position, epoch.Kind));
        Assert.Equal(error.Facts["ledger_id"], epoch.Epoch.LedgerId);
        // A check that must reflect the lost write is refused instead of answered without it.
        var check = new CheckSubjectRequest
        {
            Subject = TestListings.Company(2),
            Matter = "approval.notification-commitment",
            Purpose = "P-1",
            MinPosition = lost,
            LedgerId = backup.LedgerId,
        };
        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await second.Lookup("hainan-approval").CheckSubjectAsync(check));
        Assert.Equal("LEDGER_DIVERGED", HubError.From(refused)!.Reason);
    }

    private static async Task<WatchUpdatesResponse> FirstAsync(UpdateFollower follower)
    {
        await foreach (var message in follower.FollowAsync())
        {
            return message;
        }

        throw new InvalidOperationException("A stream that is followed has no end.");
    }

    private static async Task<long> PublishAsync(HubServer hub, int number)
    {
        var listing = TestListings.Create("court.dishonest-judgment-debtor", TestListings.Company(number), $"R-{number}");
        var answer = await hub.Registry("hainan-high-court")
            .PublishListingAsync(new PublishListingRequest { RequestId = $"r-{number}", Listing = listing });
        return answer.Listing.Position;
    }

    private static async Task<BackupManifest> BackUpAsync(HubServer hub)
    {
        using var call = new MaintenanceService.MaintenanceServiceClient(hub.As("operator"))
            .BackupLedger(new BackupLedgerRequest { Name = "one" });
        BackupManifest? manifest = null;
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            manifest = call.ResponseStream.Current.Manifest ?? manifest;
        }

        return manifest!;
    }

    private async Task<string> RestoreAsync(HubServer hub)
    {
        var data = Path.Combine(root, "restored");
        // The keys that an operator keeps elsewhere: that of the ledger, and that of the tokens.
        foreach (var folder in (string[])["keys", "auth"])
        {
            Directory.CreateDirectory(Path.Combine(data, folder));
            foreach (var file in Directory.EnumerateFiles(Path.Combine(hub.Data, folder)))
            {
                File.Copy(file, Path.Combine(data, folder, Path.GetFileName(file)));
            }
        }

        var key = Path.Combine(data, "keys", "wrapping.key");
        await OfflineLedger.RestoreAsync(
            new RestoreRequest(
                Path.Combine(root, "ledger", "one"), Path.Combine(root, "keys", "one"),
                new LedgerOptions { DataFolder = data, WrappingKey = await File.ReadAllBytesAsync(key) }, 0, false),
            new EventProjection(), TimeProvider.System);
        return data;
    }

    /// <summary>Keeps what is shown, and tells when a position and then the progress behind it were.</summary>
    private sealed class Screen(long until) : StringWriter
    {
        private readonly TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Complete => complete.Task;

        // The command flushes what it wrote when the hub tells its progress.
        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            if (ToString().Contains($"\n{until}\t", StringComparison.Ordinal))
            {
                complete.TrySetResult();
            }

            return Task.CompletedTask;
        }
    }
}
