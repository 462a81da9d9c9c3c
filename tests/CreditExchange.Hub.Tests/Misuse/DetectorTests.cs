using CreditExchange.Domain.Catalogues;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Misuse;

public sealed class DetectorTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, LegalDay.Offset);

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Serials_in_a_row_raise_one_alarm_in_any_order_and_refuse_nothing(int step, bool shuffled)
    {
        await using var hub = await HubServer.StartAsync();
        await StrictHub.RuleAsync(hub, 1_000, StrictHub.Rule(MisuseKind.ConsecutiveSerials, 6));
        var serials = Enumerable.Range(0, 10).Select(i => 101 + (i * step)).ToArray();
        if (shuffled)
        {
            new Random(3).Shuffle(serials);
        }

        foreach (var serial in serials)
        {
            await StrictHub.CheckAsync(hub, StrictHub.Serial(serial), purpose: $"CASE-{serial}");
        }

        var alarms = await StrictHub.AlarmsAsync(hub);
        // Each third number is no walk.
        Assert.Equal(step == 3 ? [] : ["CONSECUTIVE_SERIALS"], alarms.Select(a => a.Reason));
        var told = $"creditexchange_misuse_alarms_total{{kind=\"CONSECUTIVE_SERIALS\"}} {alarms.Count}\n";
        Assert.Contains(told, await StrictHub.MetricsAsync(hub), StringComparison.Ordinal);
        Assert.Equal(alarms.Count, hub.Log.Count(l => l.Contains("MisuseSuspected", StringComparison.Ordinal)));
        Assert.DoesNotContain(hub.Log, l => l.Contains("46010019900101", StringComparison.Ordinal));
        Assert.All(alarms, a => Assert.True(a.SubjectKey.IsEmpty && a.RequestId.Length > 0));
    }

    [Fact]
    public async Task A_row_that_refuses_refuses_new_persons_until_its_window_is_over()
    {
        var time = FakeTime.OfWallClock(Noon);
        await using var hub = await HubServer.StartAsync(time: time);
        await StrictHub.RuleAsync(hub, 1_000, StrictHub.Rule(MisuseKind.ConsecutiveSerials, 4, MisuseAction.Refuse));
        for (var i = 0; i < 3; i++)
        {
            await StrictHub.CheckAsync(hub, StrictHub.Serial(200 + i));
        }

        var (refused, wait) = await StrictHub.RefusedAsync(() => StrictHub.CheckAsync(hub, StrictHub.Serial(203)));
        Assert.Equal((StatusCode.ResourceExhausted, "ENUMERATION_SUSPECTED"), (refused.Code, refused.Reason));
        Assert.Equal("CONSECUTIVE_SERIALS", refused.Facts["kind"]);
        Assert.Equal(TimeSpan.FromHours(1), wait);
        await StrictHub.RefusedAsync(() => StrictHub.CheckAsync(hub, TestListings.Person(1)));
        await StrictHub.CheckAsync(hub, StrictHub.Serial(201));
        await StrictHub.CheckAsync(hub, TestListings.Company(1));
        Assert.Single(await StrictHub.AlarmsAsync(hub));

        time.Now += wait;
        await StrictHub.CheckAsync(hub, TestListings.Person(1));
        await StrictHub.CheckAsync(hub, StrictHub.Serial(203));
    }

    [Fact]
    public async Task Many_persons_under_one_purpose_raise_an_alarm_and_a_purpose_each_does_not()
    {
        await using var hub = await HubServer.StartAsync();
        await StrictHub.RuleAsync(hub, 1_000, StrictHub.Rule(MisuseKind.OnePurpose, 5));
        for (var i = 0; i < 20; i++)
        {
            await StrictHub.CheckAsync(hub, TestListings.Person(i), purpose: $"CASE-{i / 4}");
        }

        Assert.Empty(await StrictHub.AlarmsAsync(hub));
        await StrictHub.CheckAsync(hub, TestListings.Person(20), purpose: "CASE-0");
        Assert.Equal("ONE_PURPOSE", Assert.Single(await StrictHub.AlarmsAsync(hub)).Reason);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(2, false)]
    public async Task Too_few_hits_raise_an_alarm(int listed, bool expected)
    {
        await using var hub = await HubServer.StartAsync();
        var position = 0L;
        for (var i = 0; i < listed; i++)
        {
            var published = await hub.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest
            {
                RequestId = $"p-{i}",
                Listing = TestListings.Create("court.dishonest-judgment-debtor", TestListings.Person(i), $"ref-{i}"),
            });
            position = published.Listing.Position;
        }

        await StrictHub.RuleAsync(hub, 1_000, StrictHub.Rule(MisuseKind.LowHitRate, 10, perMille: 150));
        for (var i = 0; i < 12; i++)
        {
            await StrictHub.CheckAsync(hub, TestListings.Person(i), purpose: $"CASE-{i}", minPosition: position);
        }

        Assert.Equal(expected ? ["LOW_HIT_RATE"] : [], (await StrictHub.AlarmsAsync(hub)).Select(a => a.Reason));
    }
}
