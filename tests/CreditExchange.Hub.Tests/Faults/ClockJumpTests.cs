using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Faults;

/// <summary>The wall clock jumps ten minutes forward and back under a hub with open streams.</summary>
public sealed class ClockJumpTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Streams_tokens_and_heartbeats_survive_and_verdicts_follow_the_furthest_time_seen()
    {
        var time = FakeTime.OfWallClock(Start);
        await using var hub = await HubServer.StartAsync(time: time);
        var ledger = hub.Services.GetRequiredService<ILedger>();
        var registry = hub.Registry(Writes.Court);
        var ending = Writes.Publish("ending", 1);
        ending.Listing.EffectiveUntil = Timestamp.FromDateTimeOffset(Start.AddMinutes(5));
        var listing = (await registry.PublishListingAsync(ending)).Listing;
        using var watch = hub.Updates(Writes.Court).WatchUpdates(new WatchUpdatesRequest { FromPosition = 1 });
        var recorded = new List<DateTimeOffset>();
        var lastAsOf = DateTimeOffset.MinValue;
        await FollowToAsync(listing.Position);
        Assert.Equal(Verdict.Restricted, await VerdictAsync());

        var step = 0;
        foreach (var (minutes, verdict) in new[] { (10, Verdict.Clear), (-10, Verdict.Clear), (-10, Verdict.Clear), (10, Verdict.Clear), (10, Verdict.Clear) })
        {
            time.Jump(TimeSpan.FromMinutes(minutes));
            Assert.Equal(verdict, await VerdictAsync());
            var next = (await registry.PublishListingAsync(Writes.Publish($"s-{step}", 10 + step++))).Listing;
            await FollowToAsync(next.Position);
            // At the head, nothing comes but the heartbeat.
            do
            {
                Assert.True(await watch.ResponseStream.MoveNext(default));
            }
            while (watch.ResponseStream.Current.Progress is null);
        }

        var events = ledger.Read(1, 1_000);
        Assert.Equal(events.Select(e => e.RecordedAt).Order(), events.Select(e => e.RecordedAt));
        Assert.Equal(recorded.Order(), recorded);
        Assert.Single(events, e => e.Kind == EventKind.Expired && e.Entity == events.First(p => p.Position == listing.Position).Entity);

        async Task<Verdict> VerdictAsync()
        {
            var check = await hub.Lookup("hainan-approval").CheckSubjectAsync(Writes.Check(listing.Subject, listing.Position));
            Assert.True(check.AsOf.ToDateTimeOffset() >= lastAsOf);
            lastAsOf = check.AsOf.ToDateTimeOffset();
            return check.Verdict;
        }

        async Task FollowToAsync(long position)
        {
            while (await watch.ResponseStream.MoveNext(default))
            {
                if (watch.ResponseStream.Current.Event is { } e)
                {
                    recorded.Add(e.RecordedAt.ToDateTimeOffset());
                    if (e.Position == position)
                    {
                        return;
                    }
                }
            }

            Assert.Fail("The stream ended.");
        }
    }
}
