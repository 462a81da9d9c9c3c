using System.Globalization;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Hub.Tests.Redis;

/// <summary>Redis behind TLS and a user of its own, and a Redis that fails over.</summary>
public sealed class TierConnectionTests
{
    private static readonly string[] s_rights =
    [
        "~cx:*", "resetchannels", "-@all", "+get", "+mget", "+set", "+getrange", "+pexpire", "+eval", "+evalsha", "+script|load", "+ping", "+echo",
        "+client|setname", "+info",
    ];

    [Fact]
    public async Task Behind_TLS_it_is_written_and_read_and_a_certificate_of_an_unknown_authority_is_not_taken()
    {
        using var certificates = new TestCertificates();
        var port = RedisServer.FreePort();
        await using var redis = await RedisServer.StartAsync(
            "--tls-port", port.ToString(CultureInfo.InvariantCulture), "--tls-cert-file", certificates.Certificate, "--tls-key-file", certificates.Key,
            "--tls-ca-cert-file", certificates.Authority, "--tls-auth-clients", "no");
        await redis.CommandAsync("ACL", ["SETUSER", "hub", "on", ">secret", .. s_rights]);
        var setting = string.Create(CultureInfo.InvariantCulture, $"--Redis:Configuration=localhost:{port},ssl=true,user=hub,password=secret");
        var folder = Directory.CreateTempSubdirectory("hub-tls-").FullName;
        try
        {
            await using var trusting = await HubProcess.StartAsync(Path.Combine(folder, "one"), setting, $"SSL_CERT_FILE={certificates.Authority}");
            var published = await trusting.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest
            {
                RequestId = "p",
                Listing = TestListings.Create(TierHub.Court, TestListings.Company(1), "ref"),
            });
            await Eventually.HoldsAsync("the position in Redis", async () =>
                await trusting.MetricAsync("creditexchange_redis_position") >= published.Listing.Position);
            Assert.True(await trusting.MetricAsync("creditexchange_redis_writes_total") > 0);
            var keys = await redis.DoAsync((_, server) => server.DatabaseSizeAsync());

            await using var other = await HubProcess.StartAsync(Path.Combine(folder, "two"), setting);
            await other.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest
            {
                RequestId = "p",
                Listing = TestListings.Create(TierHub.Court, TestListings.Company(1), "ref"),
            });
            await Eventually.HoldsAsync("a hub that can't reach Redis", () => other.Output.Any(l => l.Contains("RedisTier[2100]", StringComparison.Ordinal)));
            Assert.Equal(0, await other.MetricAsync("creditexchange_redis_position"));
            Assert.Equal(keys, await redis.DoAsync((_, server) => server.DatabaseSizeAsync()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Failed_over_to_a_replica_that_was_behind_it_brings_nothing_back()
    {
        await using var master = await RedisServer.StartAsync("--repl-diskless-sync-delay", "0");
        await using var toMaster = TcpProxy.To(master.Port);
        var replica = await RedisServer.StartAsync("--replicaof", "127.0.0.1", toMaster.Port.ToString(CultureInfo.InvariantCulture));
        var configuration = $"{master.Configuration},{replica.Configuration},configCheckSeconds=1";
        await using var hub = TierHub.Of(await HubServer.StartAsync(settings: $"Redis:Configuration={configuration}"), replica, configuration);
        await hub.PublishAsync(30);
        await hub.ComesRightAsync();
        await Eventually.HoldsAsync("what the replica holds", async () =>
            await replica.DoAsync((_, server) => server.DatabaseSizeAsync()) == await master.DoAsync((_, server) => server.DatabaseSizeAsync()));
        // From now on the replica is told nothing.
        toMaster.HoldStill();
        for (var i = 0; i < 10; i++)
        {
            await hub.EndAsync(hub.Listings[i]);
        }

        await hub.PublishAsync(5);
        await hub.ComesRightAsync();
        master.Kill();
        // The replica may be read meanwhile; what it has is old, and so is what it says of that.
        await hub.EndAsync(hub.Listings[10]);
        for (var i = 0; i < 20; i++)
        {
            await hub.AssertNeverWrongAsync();
        }

        await replica.CommandAsync("REPLICAOF", "NO", "ONE");
        await hub.ComesRightAsync();
        await hub.EndAsync(hub.Listings[11]);
        await hub.ComesRightAsync();
    }
}
