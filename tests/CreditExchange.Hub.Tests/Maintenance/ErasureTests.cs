using CreditExchange.Ledger;
using CreditExchange.Ledger.Backup;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Maintenance;

public sealed class ErasureTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("backup-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_listing_is_erased_after_its_retention_and_without_a_hold_only_and_a_restored_backup_is_noticed()
    {
        var time = FakeTime.OfWallClock(TimeProvider.System.GetUtcNow());
        await using var hub = await HubServer.StartAsync(null, time, $"Backup:Folder={root}/ledger", $"Backup:KeysFolder={root}/keys");
        var ledger = hub.Services.GetRequiredService<ILedger>();
        var court = hub.Registry("hainan-high-court");
        var upkeep = new MaintenanceService.MaintenanceServiceClient(hub.As("hainan-high-court"));
        var listing = TestListings.Create("court.dishonest-judgment-debtor", TestListings.Person(31), "R-31");
        var published = await court.PublishListingAsync(new PublishListingRequest { RequestId = "p", Listing = listing });
        var id = published.Listing.ListingId;
        var erase = new EraseListingRequest { RequestId = "e", ListingId = id, ExpectedRevision = 2, Reason = "期满" };
        var early = erase.Clone();
        early.ExpectedRevision = 1;
        Assert.Equal("STATE_NOT_ALLOWED", (await RpcFailure.OfAsync(upkeep.EraseListingAsync(early))).Reason);
        await court.WithdrawListingAsync(new WithdrawListingRequest
        {
            RequestId = "w",
            ListingId = id,
            ExpectedRevision = 1,
            Reason = "有误",
            Document = listing.Document,
        });
        Assert.Equal("RETENTION_RUNNING", (await RpcFailure.OfAsync(upkeep.EraseListingAsync(erase))).Reason);
        var hold = new PlaceHoldRequest { RequestId = "h", ListingId = id, Reason = "诉讼", Authority = "测试法院", Document = "保全1号" };
        var held = await upkeep.PlaceHoldAsync(hold);
        Assert.Equal(held, await upkeep.PlaceHoldAsync(hold));
        hold.RequestId = "h2";
        Assert.Equal("HOLD_EXISTS", (await RpcFailure.OfAsync(upkeep.PlaceHoldAsync(hold))).Reason);

        var system = new MaintenanceService.MaintenanceServiceClient(hub.As("operator"));
        Assert.Equal("", (await VerifyAsync(system)).Fault);
        var manifest = await BackupAsync(system, "one");
        Assert.Equal(ledger.Head, manifest.Position);
        var old = ledger.LedgerId;
        var lift = await upkeep.LiftHoldAsync(new LiftHoldRequest { RequestId = "l", ListingId = id, Reason = "结案", Authority = "测试法院", Document = "解除1号" });
        Assert.Equal(manifest.Position + 1, lift.Position);
        await hub.StopAsync();

        var data = Path.Combine(root, "restored");
        Directory.CreateDirectory(Path.Combine(data, "keys"));
        File.Copy(Path.Combine(hub.Data, "keys", "wrapping.key"), Path.Combine(data, "keys", "wrapping.key"));
        await OfflineLedger.RestoreAsync(
            new RestoreRequest(
                Path.Combine(root, "ledger", "one"), Path.Combine(root, "keys", "one"),
                new LedgerOptions { DataFolder = data, WrappingKey = await File.ReadAllBytesAsync(Path.Combine(data, "keys", "wrapping.key")) }, 0, false),
            new EventProjection(), time);
        time.Now += TimeSpan.FromDays(366 * 40);
        await using var again = await HubServer.StartAsync(data, time);
        var beyond = new WatchUpdatesRequest { FromPosition = lift.Position + 1, LedgerId = old };
        var diverged = await RpcFailure.OfAsync(() => again.Updates("operator").WatchUpdates(beyond).ResponseStream.MoveNext(default));
        Assert.Equal(("LEDGER_DIVERGED", $"{manifest.Position}"), (diverged.Reason, diverged.Facts["common"]));

        // The restored ledger has the hold and not its end.
        upkeep = new MaintenanceService.MaintenanceServiceClient(again.As("hainan-high-court"));
        Assert.Equal("LEGAL_HOLD", (await RpcFailure.OfAsync(upkeep.EraseListingAsync(erase))).Reason);
        await upkeep.LiftHoldAsync(new LiftHoldRequest { RequestId = "l2", ListingId = id, Reason = "结案", Authority = "测试法院", Document = "解除2号" });
        var before = again.Services.GetRequiredService<ILedger>().Head;
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(async _ => await upkeep.EraseListingAsync(erase)));
        var erased = Assert.Single(answers.Distinct());
        Assert.Equal(before + 1, again.Services.GetRequiredService<ILedger>().Head);
        Assert.Equal(erased, await upkeep.EraseListingAsync(erase));
        court = again.Registry("hainan-high-court");
        Assert.Equal("LISTING_NOT_FOUND", (await RpcFailure.OfAsync(court.GetListingAsync(new GetListingRequest { ListingId = id }))).Reason);
        Assert.Equal("LISTING_ERASED", (await RpcFailure.OfAsync(court.PublishListingAsync(new PublishListingRequest { RequestId = "p", Listing = listing }))).Reason);
        Assert.Equal("", (await VerifyAsync(new MaintenanceService.MaintenanceServiceClient(again.As("operator")))).Fault);

        using var watch = again.Updates("hainan-high-court").WatchUpdates(new WatchUpdatesRequest { FromPosition = published.Listing.Position, ListCodes = { listing.ListCode } });
        List<LedgerEvent> told = [];
        while (told.Count < 3 && await watch.ResponseStream.MoveNext(default))
        {
            if (watch.ResponseStream.Current.Event is { } one)
            {
                told.Add(one);
            }
        }

        Assert.Equal([Redaction.Erased, Redaction.Erased, Redaction.Unspecified], told.Select(e => e.Redaction));
        Assert.All(told.Take(2), e => Assert.Null(e.Listing));
        Assert.Equal(id, told[2].Erasure.ListingId);
    }

    private static async Task<LedgerReport> VerifyAsync(MaintenanceService.MaintenanceServiceClient client)
    {
        using var call = client.VerifyLedger(new VerifyLedgerRequest());
        LedgerReport? report = null;
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            report = message.Report ?? report;
        }

        return report!;
    }

    private static async Task<BackupManifest> BackupAsync(MaintenanceService.MaintenanceServiceClient client, string name)
    {
        using var call = client.BackupLedger(new BackupLedgerRequest { Name = name });
        BackupManifest? made = null;
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            made = message.Manifest ?? made;
        }

        return made!;
    }
}
