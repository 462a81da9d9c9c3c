using CreditExchange.Domain.Catalogues;
using CreditExchange.Hub.Tests.Keys;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Misuse;

public sealed class BudgetTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, LegalDay.Offset);

    [Fact]
    public async Task Beyond_the_budget_a_new_person_is_refused_until_midnight_in_Shanghai_and_all_else_is_answered()
    {
        var time = FakeTime.OfWallClock(Noon);
        await using var hub = await HubServer.StartAsync(time: time);
        await StrictHub.RuleAsync(hub, persons: 3);
        for (var i = 0; i < 3; i++)
        {
            await StrictHub.CheckAsync(hub, TestListings.Person(i));
            // The same person on the same day counts once.
            await StrictHub.CheckAsync(hub, TestListings.Person(i), purpose: "CASE-2");
        }

        var (refused, wait) = await StrictHub.RefusedAsync(() => StrictHub.CheckAsync(hub, TestListings.Person(3)));
        Assert.Equal((StatusCode.ResourceExhausted, "PERSON_BUDGET", "3"), (refused.Code, refused.Reason, refused.Facts["limit"]));
        Assert.Equal(TimeSpan.FromHours(12), wait);
        await StrictHub.RefusedAsync(() => StrictHub.CheckAsync(hub, TestListings.Person(4)));
        await StrictHub.CheckAsync(hub, TestListings.Person(0));
        await StrictHub.CheckAsync(hub, TestListings.Company(1));
        await StrictHub.CheckAsync(hub, TestListings.Person(3), matter: StrictHub.Other);
        var alarm = Assert.Single(await StrictHub.AlarmsAsync(hub));
        Assert.Equal(("hainan-approval", StrictHub.Matter, "PERSON_BUDGET"), (alarm.AgencyId, alarm.Matter, alarm.Reason));

        time.Now += wait;
        await StrictHub.CheckAsync(hub, TestListings.Person(3));
    }

    [Fact]
    public async Task Items_of_a_batch_and_of_a_stream_beyond_the_budget_fail_one_by_one()
    {
        await using var hub = await HubServer.StartAsync();
        await StrictHub.RuleAsync(hub, persons: 2);
        var request = new BatchCheckSubjectsRequest { Matter = StrictHub.Matter, Purpose = "CASE-1" };
        request.Subjects.Add(
            [TestListings.Person(0), TestListings.Person(1), TestListings.Person(2), TestListings.Company(1), TestListings.Person(0)]);
        var answer = await hub.Lookup("hainan-approval").BatchCheckSubjectsAsync(request);
        Assert.Equal([false, false, true, false, false], answer.Results.Select(r => r.Error is not null));
        Assert.Equal("PERSON_BUDGET", RpcFailure.Read(answer.Results[2].Error).Reason);
        Assert.Equal(Verdict.Unspecified, answer.Results[2].Verdict);
        Assert.InRange(StrictHub.RetryOf(answer.Results[2].Error), TimeSpan.Zero, TimeSpan.FromDays(1));

        using var stream = hub.Lookup("hainan-approval").StreamChecks();
        Assert.Equal("PERSON_BUDGET", RpcFailure.Read((await AskAsync(TestListings.Person(3))).Error).Reason);
        Assert.NotNull((await AskAsync(TestListings.Person(1))).Result);

        async Task<StreamChecksResponse> AskAsync(SubjectId subject)
        {
            await stream.RequestStream.WriteAsync(new StreamChecksRequest
            {
                Check = new CheckSubjectRequest { Subject = subject, Matter = StrictHub.Matter, Purpose = "CASE-1" },
            });
            Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None));
            return stream.ResponseStream.Current;
        }
    }

    [Fact]
    public async Task A_restart_reads_the_persons_of_today_back_from_the_access_log()
    {
        var time = FakeTime.OfWallClock(Noon);
        var first = await HubServer.StartAsync(time: time);
        await StrictHub.RuleAsync(first, persons: 2);
        await StrictHub.CheckAsync(first, TestListings.Person(7));
        time.Now += TimeSpan.FromDays(1);
        await StrictHub.CheckAsync(first, TestListings.Person(0));
        await StrictHub.CheckAsync(first, TestListings.Person(1));
        await first.StopAsync();
        await using var second = await HubServer.StartAsync(first.Data, time);
        var (refused, _) = await StrictHub.RefusedAsync(() => StrictHub.CheckAsync(second, TestListings.Person(2)));
        Assert.Equal("PERSON_BUDGET", refused.Reason);
        await StrictHub.CheckAsync(second, TestListings.Person(0));
        await StrictHub.CheckAsync(second, TestListings.Person(1));
    }

    [Fact]
    public async Task A_person_counts_once_over_a_rotation_of_the_subject_key()
    {
        await using var hub = await HubServer.StartAsync();
        await StrictHub.RuleAsync(hub, persons: 2);
        await StrictHub.CheckAsync(hub, TestListings.Person(0));
        await RotateAsync(hub);
        await StrictHub.CheckAsync(hub, TestListings.Person(0));
        await StrictHub.CheckAsync(hub, TestListings.Person(1));
        var (refused, _) = await StrictHub.RefusedAsync(() => StrictHub.CheckAsync(hub, TestListings.Person(2)));
        Assert.Equal("PERSON_BUDGET", refused.Reason);
    }

    private static async Task RotateAsync(HubServer hub)
    {
        var keys = new KeyService.KeyServiceClient(hub.As("security"));
        var rotation = (await keys.RotateSubjectKeyAsync(new() { RequestId = "rotate", Reason = "test" })).Rotation;
        while (!(await KeyCalls.StatusAsync(keys, KeyPurpose.Subject)).TrueForAll(
            k => k.KeyId == rotation.KeyId ? k.State == KeyState.Current : k.State == KeyState.Retired))
        {
            await Task.Yield();
        }
    }

    [Fact]
    public async Task The_shipped_scopes_let_the_approval_office_ask_in_bulk_and_a_counter_not()
    {
        await using var hub = await HubServer.StartAsync();
        var request = new BatchCheckSubjectsRequest { Matter = "dutyfree.offshore-purchase", Purpose = "ORDER-1", Subjects = { TestListings.Person(0) } };
        var counter = await hub.Lookup("haikou-dutyfree").BatchCheckSubjectsAsync(request);
        Assert.Equal("SCOPE_MISSING", RpcFailure.Read(counter.Results[0].Error).Reason);
        var office = await hub.Lookup("hainan-approval").BatchCheckSubjectsAsync(request);
        Assert.Null(office.Results[0].Error);
        using var stream = hub.Lookup("haikou-dutyfree").StreamChecks();
        await stream.RequestStream.WriteAsync(new StreamChecksRequest
        {
            Check = new CheckSubjectRequest { Subject = TestListings.Person(0), Matter = "dutyfree.offshore-purchase", Purpose = "ORDER-1" },
        });
        Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal("SCOPE_MISSING", RpcFailure.Read(stream.ResponseStream.Current.Error).Reason);
        await StrictHub.CheckAsync(hub, TestListings.Person(0), "haikou-dutyfree", "dutyfree.offshore-purchase", "ORDER-1");
    }
}
