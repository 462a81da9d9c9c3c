using System.Globalization;
using CreditExchange.AccessLog.Reading;
using CreditExchange.Hub.Tests.Faults;
using CreditExchange.Hub.Tests.Keys;
using CreditExchange.Ledger;
using CreditExchange.Ledger.Backup;
using CreditExchange.Lookup;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Kills;

/// <summary>One hub that dies at a step or at a moment, the next one on its folder, and what must hold of it.</summary>
internal sealed class KillRound(FilledFolder filled) : IDisposable
{
    // What one request of another kind is named in every round.
    private const string Asked = "asked";
    private const string First = "one";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string root = Directory.CreateTempSubdirectory("hub-step-").FullName;
    private KillLoad? writes;
    private CheckLoad? checks;
    private string tokenOfBefore = "";

    private string Data => Path.Combine(root, "data");

    private string[] Settings => ["AccessLog:SegmentMegabytes=1", $"Backup:Folder={root}/backup", $"Backup:KeysFolder={root}/backup-keys"];

    public void Dispose() => Directory.Delete(root, recursive: true);

    /// <summary>Kills at a step.</summary>
    /// <returns>What was acknowledged until then.</returns>
    public async Task<string> KillAtAsync(Step step)
    {
        if (step.Work != Work.FirstStart)
        {
            filled.CopyTo(Data);
            tokenOfBefore = File.ReadAllText(Path.Combine(Data, "tokens", "security.jwt"));
        }

        var trap = string.Create(CultureInfo.InvariantCulture, $"{step.Name}:{step.Count}");
        var (hub, serves) = await HubProcess.StartTrappedAsync(TrapsBuild.Hub, trap, Data, [.. Settings.Select(s => "--" + s)]);
        await using var _ = hub;
        var load = serves ? RunLoadAsync(hub, step.Work, int.MaxValue) : Task.CompletedTask;
        int code;
        try
        {
            code = await hub.WaitForExitAsync(Patience);
        }
        catch (OperationCanceledException)
        {
            await hub.KillAsync();
            await load;
            throw new InvalidOperationException($"The step {trap} was never reached:\n{string.Join('\n', hub.Output.TakeLast(20))}");
        }

        hub.DropChannels();
        await load;
        Assert.True(code == 137, $"The hub ended with {code}:\n{string.Join('\n', hub.Output.TakeLast(20))}");
        return Told;
    }

    /// <summary>Kills at a moment: when so many writes were answered.</summary>
    public async Task<string> KillAfterAsync(int answers, Work work)
    {
        filled.CopyTo(Data);
        tokenOfBefore = File.ReadAllText(Path.Combine(Data, "tokens", "security.jwt"));
        await using var hub = await HubProcess.StartAsync(Data, [.. Settings.Select(s => "--" + s)]);
        var load = RunLoadAsync(hub, work, answers);
        await Task.WhenAny(writes!.Reached, load);
        await hub.KillAsync();
        await load;
        Assert.True(writes.Reached.IsCompleted, $"The load ended by itself: {string.Join('\n', hub.Output.TakeLast(20))}");
        return Told;
    }

    /// <summary>Starts the next hub, finishes what was begun, and looks whether all is as it must be.</summary>
    public async Task CheckAsync(Work work)
    {
        var hub = await HubServer.StartAsync(Data, null, Settings);
        try
        {
            await RetryAsync(hub);
            await FinishAsync(hub, work);
            var ledger = hub.Services.GetRequiredService<ILedger>();
            CheckEvents(ledger);
            await CheckVerdictsAsync(hub);
            var report = await ledger.VerifyAsync(new EventProjection());
            Assert.True(report.IsSound, report.Fault);
            Assert.Empty(hub.Warnings);
        }
        finally
        {
            await hub.StopAsync();
        }

        CheckLog();
    }

    private string Told => $"{writes?.Answered ?? 0} writes and {checks?.Answered.Count ?? 0} checks answered, {writes?.Sent.Count(w => w.Position == 0) ?? 0} open";

    private async Task RunLoadAsync(HubProcess hub, Work work, int enough)
    {
        writes = new KillLoad("kill", hub, persons: true, enough, publishers: 6);
        checks = new CheckLoad("kill", hub, filled.Restricted);
        await Task.WhenAll(writes.RunAsync(), checks.RunAsync(), AskAsync(hub, work));
    }

    private async Task AskAsync(HubProcess hub, Work work)
    {
        try
        {
            await AskAsync(name => hub.As(name), work, First);
            // A request that was answered before is refused by the writer itself.
            var again = Writes.Publish("filled-1", RotationLoad.SeedOf("filled", 1));
            Assert.NotEqual(0, (await hub.Registry(Writes.Court).PublishListingAsync(again)).Listing.Position);
        }
        catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled)
        {
            return;
        }
        catch (ObjectDisposedException)
        {
            return;
        }
    }

    private async Task AskAsync(Func<string, CallInvoker> callers, Work work, string backup)
    {
        var keys = new KeyService.KeyServiceClient(callers("security"));
        switch (work)
        {
            case Work.Wrapping:
                await keys.RotateWrappingKeyAsync(new() { RequestId = Asked, Reason = "test" });
                break;
            case Work.Subject:
                await keys.RotateSubjectKeyAsync(new() { RequestId = Asked, Reason = "test" });
                break;
            case Work.Token:
                await keys.RotateTokenSigningKeyAsync(new() { RequestId = Asked, Reason = "test" });
                break;
            case Work.Erasure:
                await EraseAsync(callers);
                break;
            case Work.Backup:
                using (var call = new MaintenanceService.MaintenanceServiceClient(callers("operator")).BackupLedger(new BackupLedgerRequest { Name = backup }))
                {
                    Assert.NotNull((await call.ResponseStream.ReadAllAsync().ToListAsync())[^1].Manifest);
                }

                break;
            default:
                break;
        }
    }

    private async Task<EraseListingResponse> EraseAsync(Func<string, CallInvoker> callers) =>
        await new MaintenanceService.MaintenanceServiceClient(callers(Writes.Court)).EraseListingAsync(new EraseListingRequest
        {
            RequestId = Asked,
            ListingId = filled.Erasable.ListingId,
            ExpectedRevision = filled.Erasable.Revision,
            Reason = "期满",
        });

    private async Task RetryAsync(HubServer hub)
    {
        var registry = hub.Registry(Writes.Court);
        var open = writes?.Sent.Where(w => w.Position == 0) ?? [];
        await Parallel.ForEachAsync(open, async (write, _) => await KillLoad.RetryAsync(registry, write));
        var newest = (writes?.Sent ?? []).Where(w => w.Item.Listing is not null).Take(20);
        await Parallel.ForEachAsync(newest, async (write, cancel) =>
        {
            var got = await registry.GetListingAsync(new GetListingRequest { ListingId = write.ListingId }, cancellationToken: cancel);
            Assert.Equal(write.Item.Listing.SubjectName, got.Listing.SubjectName);
        });
    }

    // The same request again: what was begun is carried through, what wasn't is done now, and nothing twice.
    private async Task FinishAsync(HubServer hub, Work work)
    {
        switch (work)
        {
            case Work.FirstStart:
                var listed = await hub.Registry(Writes.Court).PublishListingAsync(Writes.Publish("first", 1));
                Assert.NotEqual(0, listed.Listing.Position);
                break;
            case Work.Wrapping or Work.Subject or Work.Token:
                await AskAsync(hub.As, work, First);
                await AskAsync(hub.As, work, First);
                await AllMovedAsync(hub, work switch { Work.Wrapping => KeyPurpose.Wrapping, Work.Subject => KeyPurpose.Subject, _ => KeyPurpose.TokenSigning });
                break;
            case Work.Erasure:
                var erased = await EraseAsync(hub.As);
                Assert.Equal(erased, await EraseAsync(hub.As));
                var ledger = hub.Services.GetRequiredService<ILedger>();
                var stored = ledger.Read(erased.Position, 1)[0];
                Assert.Equal(erased.Position, ledger.ErasedAt(stored.Entity));
                Assert.Equal(Redaction.Erased, ledger.Open(ledger.At(stored.Entity, erased.Position - 1)!).Redaction);
                Assert.Equal(0, CountKeys(stored.Entity));
                break;
            case Work.Backup:
                await AskAsync(hub.As, work, "two");
                await RestoreAsync("two");
                // Where both folders stand they are whole.
                if (Directory.Exists(Path.Combine(root, "backup", First)) && Directory.Exists(Path.Combine(root, "backup-keys", First)))
                {
                    await RestoreAsync(First);
                }

                break;
            default:
                break;
        }

        if (tokenOfBefore.Length > 0)
        {
            await new AgencyService.AgencyServiceClient(hub.WithToken(tokenOfBefore)).ListAgenciesAsync(new ListAgenciesRequest());
        }
    }

    private static async Task AllMovedAsync(HubServer hub, KeyPurpose purpose)
    {
        var keys = new KeyService.KeyServiceClient(hub.As("security"));
        List<HubKey> status;
        do
        {
            status = await KeyCalls.StatusAsync(keys, purpose);
            Assert.Single(status, k => k.State == KeyState.Current);
        }
        while (purpose != KeyPurpose.TokenSigning && !status.TrueForAll(k => k.State is KeyState.Current or KeyState.Retired));
        Assert.True(status.Count > 1);
        Assert.All(status.Where(k => k.State == KeyState.Retired), k => Assert.Equal(0, k.Rows));
    }

    private long CountKeys(long entity)
    {
        using var keys = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(Data, "keys.db")};Mode=ReadOnly;Pooling=False");
        keys.Open();
        using var count = keys.CreateCommand();
        count.CommandText = "SELECT count(*) FROM data_key WHERE entity=$entity";
        count.Parameters.AddWithValue("$entity", entity);
        return (long)count.ExecuteScalar()!;
    }

    private async Task RestoreAsync(string name)
    {
        var target = Path.Combine(root, "restored-" + name);
        await OfflineLedger.RestoreAsync(
            new RestoreRequest(
                Path.Combine(root, "backup", name), Path.Combine(root, "backup-keys", name),
                new LedgerOptions { DataFolder = target, WrappingKey = await File.ReadAllBytesAsync(Path.Combine(Data, "keys", "wrapping.key")) }, 0, false),
            new EventProjection(), TimeProvider.System);
    }

    // Everything that was sent is there exactly once, where it was acknowledged, with its content, and each entity's revisions in order.
    private void CheckEvents(ILedger ledger)
    {
        long position = 0;
        var revisions = new Dictionary<long, long>();
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        var once = new HashSet<string>(StringComparer.Ordinal);
        while (ledger.Read(position + 1, 1_000) is { Count: > 0 } page)
        {
            foreach (var stored in page)
            {
                Assert.Equal(++position, stored.Position);
                Assert.Equal(revisions.GetValueOrDefault(stored.Entity) + 1, stored.Revision);
                revisions[stored.Entity] = stored.Revision;
                var whole = ledger.Open(stored);
                if (whole.Listing is not null && (whole.Kind == EventKind.Published ? whole.Listing.SourceRef : whole.Reason) is { } id
                    && id.StartsWith("kill-", StringComparison.Ordinal))
                {
                    Assert.True(found.TryAdd(id, stored.Position), $"{id} stands at {found[id]} and at {stored.Position}");
                }
                else if (whole.Agency is not null || whole.Catalogue is not null)
                {
                    Assert.True(once.Add(whole.Agency?.AgencyId ?? whole.Catalogue.Digest), "The first content was put in twice.");
                }
            }
        }

        Assert.Equal(ledger.Head, position);
        var sent = writes?.Sent.ToList() ?? [];
        Assert.Equal(sent.Count, found.Count);
        foreach (var write in sent)
        {
            Assert.Equal(write.Position, found[write.RequestId]);
            if (write.Item.Listing is { } listing)
            {
                var whole = ledger.Open(ledger.Read(write.Position, 1)[0]).Listing;
                Assert.Equal((listing.Subject, listing.SubjectName, listing.Reason), (whole.Subject, whole.SubjectName, whole.Reason));
            }
        }

        var watched = checks?.Watched ?? [];
        Assert.Equal(Enumerable.Range(1, watched.Count).Select(i => (long)i), watched);
        Assert.True(watched.Count <= position, "A watcher was told what is not there.");
    }

    private async Task CheckVerdictsAsync(HubServer hub)
    {
        if (tokenOfBefore.Length == 0)
        {
            return;
        }

        var request = new BatchCheckSubjectsRequest { Matter = "approval.notification-commitment", Purpose = "琼审批〔2026〕1号" };
        request.Subjects.Add(filled.Restricted);
        Assert.All((await hub.Lookup("hainan-approval").BatchCheckSubjectsAsync(request)).Results, r => Assert.Equal(Verdict.Restricted, r.Verdict));
    }

    // Every answer has its record, with its verdict, and only one.
    private void CheckLog()
    {
        var folder = Path.Combine(Data, "access-log");
        Assert.Empty(AccessLogVerification.Verify(folder).Faults);
        var records = AccessLogReader.Read(folder).ToDictionary(e => e.Place.ToString(), e => e.Record, StringComparer.Ordinal);
        foreach (var (id, answer) in checks?.Answered ?? [])
        {
            Assert.Equal(answer, (records[id].Purpose, records[id].Verdict));
        }

        var single = records.Values.Where(r => r.Method.EndsWith("CheckSubject", StringComparison.Ordinal)).Select(r => r.Purpose).ToList();
        Assert.Equal(single.Count, single.Distinct(StringComparer.Ordinal).Count());
        var written = records.Values.Where(r => r.CallerRequestId.Length > 0).Select(r => r.Position).ToHashSet();
        Assert.All(writes?.Sent ?? [], w => Assert.Contains(w.Position, written));
    }
}
