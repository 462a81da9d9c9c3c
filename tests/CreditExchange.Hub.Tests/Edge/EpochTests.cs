using System.Collections.Concurrent;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.Ledger;
using CreditExchange.Ledger.Backup;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Edge;

/// <summary>The full node is restored from a backup under an edge node: the same positions mean other events from then on.</summary>
public sealed class EpochTests : IAsyncLifetime
{
    private readonly string root = Directory.CreateTempSubdirectory("hub-epoch-").FullName;
    private RedisServer redis = null!;
    private HubServer full = null!;
    private TcpProxy toFull = null!;
    private HubProcess? edge;
    private int next;

    private string Restored => Path.Combine(root, "restored");

    private byte[] WrappingKey => File.ReadAllBytes(Path.Combine(root, "data", "keys", "wrapping.key"));

    public async Task InitializeAsync()
    {
        redis = await RedisServer.StartAsync();
        full = await HubServer.StartAsync(
            Path.Combine(root, "data"), null, $"Redis:Configuration={redis.Configuration}", $"Backup:Folder={root}/backup", $"Backup:KeysFolder={root}/backup-keys");
        toFull = TcpProxy.To(full.GrpcAddress);
        edge = await StartEdgeAsync(await EdgeNodes.TokenAsync(full));
    }

    public async Task DisposeAsync()
    {
        if (edge is not null)
        {
            await edge.DisposeAsync();
        }

        await toFull.DisposeAsync();
        await full.StopAsync();
        await redis.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task A_new_epoch_ends_the_edge_node_no_answer_mixes_both_and_started_again_it_is_right()
    {
        var subjects = Enumerable.Range(0, 4).Select(TestListings.Company).ToArray();
        var (ended, stays, lost, listedLater) = (subjects[0], subjects[1], subjects[2], subjects[3]);
        var first = await PublishAsync(ended);
        await PublishAsync(stays);
        await BackUpAsync();
        // What the backup lacks.
        await full.Registry(Writes.Court).EndListingAsync(Writes.End("end", first.ListingId, first.Revision));
        var last = await PublishAsync(lost);
        Verdict[] before = [Verdict.Clear, Verdict.Restricted, Verdict.Restricted, Verdict.Clear];
        Assert.Equal(before, (await Task.WhenAll(subjects.Select(s => CheckAsync(s, last.Position)))).Select(a => a.Verdict));
        var formerId = (await CheckAsync(stays, last.Position)).LedgerId;

        var answers = new ConcurrentQueue<(int Subject, CheckSubjectResponse Answer)>();
        var asking = AskUntilGoneAsync(subjects, answers);
        await full.StopAsync();
        await RestoreAsync();
        full = await HubServer.StartAsync(
            Restored, null, $"Redis:Configuration={redis.Configuration}", $"Keys:WrappingKey={Convert.ToBase64String(WrappingKey)}");
        // The same positions again, for others.
        Listing again;
        do
        {
            again = await PublishAsync(listedLater);
        }
        while (again.Position <= last.Position);
        toFull.Turn(full.GrpcAddress);

        Assert.Equal(3, await edge!.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains(edge.Output, line => line.Contains("another ledger or epoch", StringComparison.Ordinal));
        await asking;
        Assert.True(answers.Count >= 20, $"{answers.Count} answers");
        foreach (var (subject, answer) in answers)
        {
            Assert.Equal((subject, before[subject], formerId), (subject, answer.Verdict, answer.LedgerId));
        }

        await edge.DisposeAsync();
        edge = await StartEdgeAsync(Path.Combine(full.Tokens, $"{EdgeNodes.Agency}.jwt"));
        var now = await Task.WhenAll(subjects.Select(s => CheckAsync(s, again.Position)));
        Assert.Equal([Verdict.Restricted, Verdict.Restricted, Verdict.Clear, Verdict.Restricted], now.Select(a => a.Verdict));
        Assert.All(now, a => Assert.True(a.LedgerId != formerId && a.Position >= again.Position));
        await Eventually.HoldsAsync("the new epoch in Redis", async () =>
        {
            Assert.Equal(Verdict.Restricted, (await CheckAsync(ended, 0)).Verdict);
            Assert.Equal(Verdict.Clear, (await CheckAsync(lost, 0)).Verdict);
            return await edge.MetricAsync("creditexchange_redis_hits_total") > 0;
        });
        var failure = await RpcFailure.OfAsync(() => CheckAsync(stays, 1, formerId));
        Assert.Equal((StatusCode.FailedPrecondition, "LEDGER_DIVERGED", now[0].LedgerId), (failure.Code, failure.Reason, failure.Facts["ledger_id"]));
    }

    private async Task AskUntilGoneAsync(SubjectId[] subjects, ConcurrentQueue<(int Subject, CheckSubjectResponse Answer)> answers)
    {
        var random = new Random(5);
        var isOver = false;
        while (!isOver)
        {
            isOver = edge!.HasExited;
            try
            {
                var i = random.Next(subjects.Length);
                answers.Enqueue((i, await CheckAsync(subjects[i], 0)));
            }
            catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled)
            {
                // No longer fresh, or the node is on its way out.
                await Task.Yield();
            }
        }
    }

    private async Task<Listing> PublishAsync(SubjectId subject)
    {
        var id = $"p-{Interlocked.Increment(ref next)}";
        return (await full.Registry(Writes.Court).PublishListingAsync(
            new PublishListingRequest { RequestId = id, Listing = TestListings.Create(Writes.CourtList, subject, id) })).Listing;
    }

    private Task<CheckSubjectResponse> CheckAsync(SubjectId subject, long position, string ledgerId = "") =>
        edge!.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = subject,
            Matter = "approval.notification-commitment",
            Purpose = "p-1",
            MinPosition = position,
            LedgerId = ledgerId,
            MaxStaleness = Duration.FromTimeSpan(TimeSpan.FromSeconds(4)),
        }).ResponseAsync;

    private async Task BackUpAsync()
    {
        using var call = new MaintenanceService.MaintenanceServiceClient(full.As("operator")).BackupLedger(new BackupLedgerRequest { Name = "one" });
        Assert.NotNull((await call.ResponseStream.ReadAllAsync().ToListAsync())[^1].Manifest);
    }

    // With the issuer's keys and the agencies' tokens of before.
    private async Task RestoreAsync()
    {
        var target = new LedgerOptions { DataFolder = Restored, WrappingKey = WrappingKey };
        await OfflineLedger.RestoreAsync(
            new RestoreRequest($"{root}/backup/one", $"{root}/backup-keys/one", target, 0, false), new EventProjection(), TimeProvider.System);
        foreach (var folder in new[] { "auth", "tokens" })
        {
            Directory.CreateDirectory(Path.Combine(Restored, folder));
            foreach (var file in Directory.EnumerateFiles(Path.Combine(root, "data", folder)))
            {
                File.Copy(file, Path.Combine(Restored, folder, Path.GetFileName(file)));
            }
        }
    }

    private async Task<HubProcess> StartEdgeAsync(string token)
    {
        var started = await HubProcess.StartAsync(
            Path.Combine(root, "edge"), EdgeNodes.ProcessSettings(full, toFull.Address, token, WrappingKey, redis.Configuration));
        started.Tokens = full.Tokens;
        return started;
    }
}
