using System.Diagnostics;
using System.Globalization;

namespace CreditExchange.TestKit;

/// <summary>A real Redis Cluster of three masters on loopback.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private readonly List<RedisServer> servers = [];

    /// <summary>What the hub gets as Redis:Configuration.</summary>
    public string Configuration => string.Join(',', servers.Select(s => s.Configuration));

    /// <summary>The masters.</summary>
    public IReadOnlyList<RedisServer> Servers => servers;

    /// <summary>Starts it and waits until its slots are spread.</summary>
    public static async Task<RedisCluster> StartAsync()
    {
        var cluster = new RedisCluster();
        for (var i = 0; i < 3; i++)
        {
            cluster.servers.Add(await RedisServer.StartAsync(
                "--cluster-enabled", "yes", "--cluster-port", RedisServer.FreePort().ToString(CultureInfo.InvariantCulture)));
        }

        var start = new ProcessStartInfo("redis-cli") { RedirectStandardOutput = true };
        foreach (var argument in (string[])["--cluster", "create", .. cluster.servers.Select(s => s.Configuration), "--cluster-yes"])
        {
            start.ArgumentList.Add(argument);
        }

        using var create = Process.Start(start)!;
        var output = await create.StandardOutput.ReadToEndAsync();
        await create.WaitForExitAsync();
        if (create.ExitCode != 0)
        {
            throw new InvalidOperationException($"The cluster was not made:\n{output}");
        }

        foreach (var server in cluster.servers)
        {
            await Eventually.HoldsAsync("the cluster", async () =>
                ((string?)await server.CommandAsync("CLUSTER", "INFO"))!.Contains("cluster_state:ok", StringComparison.Ordinal));
        }

        return cluster;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }
}
