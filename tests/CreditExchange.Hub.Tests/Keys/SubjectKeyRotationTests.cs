using CreditExchange.Hub.Tests.Faults;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Keys;

public sealed class SubjectKeyRotationTests : IDisposable
{
    private const int Listed = 600;
    private readonly string data = Directory.CreateTempSubdirectory("hub-keys-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task The_subject_key_rotates_under_load_without_a_failed_call_or_a_wrong_verdict()
    {
        await using var hub = await HubProcess.StartAsync(data);
        var restricted = await RotationLoad.PublishAsync(hub, "listed", Listed);
        var linked = await LinkAsync(hub, restricted[1]);
        using var load = new RotationLoad(hub, "load", [.. restricted, linked], Clear());
        load.Start();
        // Under way before the first rotation begins.
        while (load.Calls < 100)
        {
            await Task.Yield();
        }

        var before = load.Calls;
        var first = await hub.RotateAsync(KeyPurpose.Subject, "first");
        Assert.Equal("2", first.KeyId);
        Assert.Equal(first, await hub.RotateAsync(KeyPurpose.Subject, "first"));
        await hub.ReachAsync(KeyPurpose.Subject, "2");
        var second = await hub.RotateAsync(KeyPurpose.Subject, "second");
        await hub.ReachAsync(KeyPurpose.Subject, second.KeyId);
        await load.StopAsync();
        Assert.Empty(load.Faults.Take(5));
        Assert.True(load.Calls > before);

        var status = await hub.StatusAsync(KeyPurpose.Subject);
        Assert.Equal([("1", KeyState.Retired), ("2", KeyState.Retired), ("3", KeyState.Current)], status.Select(k => (k.KeyId, k.State)));
        Assert.True(status[2].Rows >= Listed);
        Assert.All(status.Take(2), key => Assert.NotNull(key.Until));
        var switches = await SwitchesAsync(hub);
        Assert.Equal([(1, 2), (2, 3)], switches.Select(e => (e.SubjectKey.Previous, e.SubjectKey.Version)));
        Assert.All(switches, e => Assert.Equal("security", e.Actor));

        // A start reads what the rotation left, and finds everybody.
        await hub.StopAsync();
        await using var again = await HubProcess.StartAsync(data);
        await CheckAllAsync(again, [.. restricted, linked], Clear());
        Assert.Equal([0L, 0L], (await again.StatusAsync(KeyPurpose.Subject)).Take(2).Select(k => k.Rows));
    }

    [Fact]
    public async Task A_hub_that_is_killed_at_any_point_of_a_rotation_finishes_it_after_the_next_start()
    {
        List<SubjectId> restricted;
        await using (var hub = await HubProcess.StartAsync(data))
        {
            restricted = await RotationLoad.PublishAsync(hub, "listed", Listed);
            restricted.Add(await LinkAsync(hub, restricted[1]));
            await hub.StopAsync();
        }

        // Killed right after the start of the rotation, and after one more look at its state each time.
        for (var round = 0; round < 6; round++)
        {
            await using var hub = await HubProcess.StartAsync(data);
            await CheckAllAsync(hub, restricted, Clear());
            var looks = round;
            try
            {
                await hub.RotateAsync(KeyPurpose.Subject, $"round-{round}");
            }
            catch (RpcException error) when (Writes.ReasonOf(error) == "KEY_ROTATION_RUNNING")
            {
                // The one before goes on by itself; it is what is killed now.
                looks = round / 2;
            }

            for (var i = 0; i < looks; i++)
            {
                await hub.StatusAsync(KeyPurpose.Subject);
            }

            await hub.KillAsync();
        }

        await using var last = await HubProcess.StartAsync(data);
        await CheckAllAsync(last, restricted, Clear());
        List<HubKey> keys;
        do
        {
            keys = await last.StatusAsync(KeyPurpose.Subject);
        }
        while (!keys.TrueForAll(k => k.State is KeyState.Current or KeyState.Retired));
        var current = Assert.Single(keys, k => k.State == KeyState.Current);
        Assert.NotEqual("1", current.KeyId);
        Assert.All(keys.Where(k => k.State == KeyState.Retired), key => Assert.Equal(0, key.Rows));
        Assert.Equal(int.Parse(current.KeyId, System.Globalization.CultureInfo.InvariantCulture), (await SwitchesAsync(last))[^1].SubjectKey.Version);
        await CheckAllAsync(last, restricted, Clear());
    }

    private static List<SubjectId> Clear() => [.. Enumerable.Range(1, 20).Select(i => TestListings.Company(777_000_000 + i))];

    // A second id of somebody who is listed under another one.
    private static async Task<SubjectId> LinkAsync(HubProcess hub, SubjectId known)
    {
        var other = TestListings.Person(888_000_001);
        var answer = await new RegistryService.RegistryServiceClient(hub.As("hainan-market-regulation")).LinkSubjectsAsync(new LinkSubjectsRequest
        {
            RequestId = "link",
            Reason = "test",
            Link = new SubjectLink { From = known, To = other, Relation = SubjectRelation.SamePerson, Authority = "样例出入境管理机构", Document = "样例文书1号" },
        });
        await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(other, answer.Position));
        return other;
    }

    private static async Task CheckAllAsync(HubProcess hub, List<SubjectId> restricted, List<SubjectId> clear)
    {
        var request = new BatchCheckSubjectsRequest { Matter = "approval.notification-commitment", Purpose = "琼审批〔2026〕1号" };
        request.Subjects.Add(restricted);
        request.Subjects.Add(clear);
        var answer = await hub.Lookup("hainan-approval").BatchCheckSubjectsAsync(request);
        Assert.All(answer.Results.Take(restricted.Count), r => Assert.NotEqual(Verdict.Clear, r.Verdict));
        Assert.All(answer.Results.Skip(restricted.Count), r => Assert.Equal(Verdict.Clear, r.Verdict));
    }

    private static async Task<List<LedgerEvent>> SwitchesAsync(HubProcess hub)
    {
        var head = (long)await hub.MetricAsync("creditexchange_ledger_position");
        using var call = hub.Updates("operator").WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        var switches = new List<LedgerEvent>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (call.ResponseStream.Current.Event is not { } e)
            {
                continue;
            }

            if (e.Kind == EventKind.SubjectKeyActivated)
            {
                switches.Add(e);
            }

            if (e.Position >= head)
            {
                break;
            }
        }

        return switches;
    }
}
