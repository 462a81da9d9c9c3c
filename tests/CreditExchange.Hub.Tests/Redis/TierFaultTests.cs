using System.Diagnostics;
using CreditExchange.Lookup.Redis;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Hub.Tests.Redis;

/// <summary>A real Redis that dies, forgets, remembers wrongly or doesn't answer: the tier is never wrong, and comes back by itself.</summary>
public sealed class TierFaultTests
{
    [Fact]
    public async Task Killed_and_started_empty_it_is_filled_again()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync(30);
        await hub.ComesRightAsync();
        hub.Redis.Kill();
        await hub.EndAsync(hub.Listings[0]);
        await hub.PublishAsync(5);
        Assert.Equal(0, await hub.AssertNeverWrongAsync());
        await hub.Redis.StartAgainAsync();
        await hub.ComesRightAsync();
    }

    [Fact]
    public async Task Flushed_it_is_filled_again_even_while_nothing_happens()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync(30);
        await hub.ComesRightAsync();
        await hub.Redis.CommandAsync("FLUSHALL");
        Assert.True(await hub.AssertNeverWrongAsync() < 30);
        await hub.ComesRightAsync();
    }

    [Fact]
    public async Task A_dump_of_an_earlier_time_brings_nothing_back()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync(30);
        await hub.ComesRightAsync();
        await Eventually.HoldsAsync("all progress", () => hub.Projection.Written == hub.Ledger.Head);
        await hub.Redis.CommandAsync("SAVE");
        for (var i = 0; i < 10; i++)
        {
            await hub.EndAsync(hub.Listings[i]);
        }

        await hub.PublishAsync(5);
        await hub.ComesRightAsync();
        hub.Redis.Kill();
        await hub.Redis.StartAgainAsync();
        Assert.True(await hub.Redis.DoAsync(async (database, server) => await server.DatabaseSizeAsync() > 0));
        for (var i = 0; i < 20; i++)
        {
            await hub.AssertNeverWrongAsync();
        }

        await hub.ComesRightAsync();
    }

    [Fact]
    public async Task Who_believes_any_value_is_wrong_where_the_reader_is_not()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var way = TcpProxy.To(redis.Port);
        var server = await HubServer.StartAsync(settings: $"Redis:Configuration=127.0.0.1:{way.Port}");
        var own = await RedisServer.StartAsync();
        await using var hub = TierHub.Of(server, own, redis.Configuration);
        var listing = await hub.PublishAsync();
        await hub.ComesRightAsync();
        // The writer's way is cut, and a listing withdrawn.
        way.Cut();
        var withdrawn = await hub.WithdrawAsync(listing);
        await hub.View.WaitForAsync(withdrawn, TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken.None);

        var key = hub.KeyOf(hub.Subjects[0]);
        byte[]? value = await redis.DoAsync((database, _) => database.StringGetAsync(new TierKeys(hub.Ledger.LedgerId).Value(key)));
        Assert.True(hub.Reader.Details.TryOpen(key, value, out _, out var believed));
        Assert.Equal(ListingState.Active, Assert.Single(believed).State);
        Assert.Null(await hub.ReadAsync(hub.Subjects[0], withdrawn));
    }

    [Fact]
    public async Task A_dump_of_an_earlier_time_under_a_hub_that_was_down_brings_nothing_back()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync(10);
        await hub.ComesRightAsync();
        await Eventually.HoldsAsync("all progress", () => hub.Projection.Written == hub.Ledger.Head);
        await hub.Redis.CommandAsync("SAVE");
        await hub.EndAsync(hub.Listings[0]);
        await hub.ComesRightAsync();
        hub.Redis.Kill();
        await hub.Redis.StartAgainAsync();
        await hub.RestartHubAsync();
        await hub.ComesRightAsync();
    }

    [Fact]
    public async Task Held_still_it_costs_a_reader_no_more_than_a_moment_and_goes_on_right()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync(20);
        await hub.ComesRightAsync();
        hub.Redis.HoldStill();
        var errors = hub.Reader.Counts.Errors;
        Assert.Equal(0, await hub.AssertNeverWrongAsync());
        Assert.Equal(errors + 1, hub.Reader.Counts.Errors);
        // The next readers don't even try.
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Null(await hub.ReadAsync(hub.Subjects[0]));
        }

        Assert.True(hub.Reader.Counts.Errors - errors <= 2 + (Stopwatch.GetElapsedTime(started) / TimeSpan.FromMilliseconds(500)));
        await hub.EndAsync(hub.Listings[0]);
        await hub.PublishAsync(5);
        hub.Redis.GoOn();
        await hub.ComesRightAsync();
    }

    [Fact]
    public async Task Paused_it_is_left_alone_and_goes_on_right()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync(20);
        await hub.ComesRightAsync();
        // Long enough that it still stands when the reader has given up, on a machine that does much beside.
        await hub.Redis.CommandAsync("CLIENT", "PAUSE", 15_000, "ALL");
        await hub.EndAsync(hub.Listings[1]);
        Assert.Equal(0, await hub.AssertNeverWrongAsync());
        await hub.ComesRightAsync();
    }

    [Fact]
    public async Task Evicting_at_random_it_is_never_wrong()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync(100);
        await hub.ComesRightAsync();
        await hub.Redis.CommandAsync("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
        await hub.Redis.CommandAsync("CONFIG", "SET", "maxmemory", "1200kb");
        for (var round = 0; round < 15; round++)
        {
            await hub.EndAsync(hub.Listings[round]);
            await hub.PublishAsync(5);
            await hub.AssertNeverWrongAsync();
        }

        await hub.Redis.CommandAsync("CONFIG", "SET", "maxmemory", "0");
        await Eventually.HoldsAsync("what is asked for", async () =>
        {
            foreach (var subject in hub.Subjects)
            {
                hub.Projection.Missed(hub.KeyOf(subject));
            }

            return await hub.AssertNeverWrongAsync() == hub.Subjects.Count;
        });
    }

    [Fact]
    public async Task A_user_with_few_rights_and_a_password_is_enough()
    {
        var redis = await RedisServer.StartAsync();
        await redis.CommandAsync("ACL", "SETUSER", "hub", "on", ">secret", "~cx:*", "resetchannels", "-@all",
            "+get", "+mget", "+set", "+getrange", "+pexpire", "+eval", "+evalsha", "+script|load", "+ping", "+echo", "+client|setname", "+info");
        var hub = TierHub.Of(
            await HubServer.StartAsync(settings: $"Redis:Configuration={redis.Configuration},user=hub,password=secret"),
            redis,
            $"{redis.Configuration},user=hub,password=secret");
        await using (hub)
        {
            await hub.PublishAsync(5);
            await hub.ComesRightAsync();
        }
    }

    [Fact]
    public async Task A_cluster_holds_each_bucket_on_one_of_its_masters_and_may_lose_one()
    {
        await using var cluster = await RedisCluster.StartAsync();
        var unused = await RedisServer.StartAsync();
        var server = await HubServer.StartAsync(settings: $"Redis:Configuration={cluster.Configuration}");
        await using var hub = TierHub.Of(server, unused, cluster.Configuration);
        await hub.PublishAsync(30);
        await hub.ComesRightAsync();
        foreach (var master in cluster.Servers)
        {
            Assert.True(await master.DoAsync(async (_, admin) => await admin.DatabaseSizeAsync()) > 20);
        }

        await cluster.Servers[1].DoAsync(async (database, _) => await database.ExecuteAsync("FLUSHALL"));
        await hub.EndAsync(hub.Listings[0]);
        await hub.ComesRightAsync();
        cluster.Servers[2].Kill();
        await hub.PublishAsync(3);
        await hub.AssertNeverWrongAsync();
    }

    [Fact]
    public async Task A_hub_starts_and_serves_while_there_is_no_Redis()
    {
        var port = RedisServer.FreePort();
        await using var server = await HubServer.StartAsync(settings: $"Redis:Configuration=127.0.0.1:{port}");
        Assert.NotEmpty(server.GrpcAddress);
    }
}
