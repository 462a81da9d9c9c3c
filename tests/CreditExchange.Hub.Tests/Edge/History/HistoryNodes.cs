using System.Collections.Concurrent;
using CreditExchange.Hub.Tests.Kills;
using CreditExchange.Ledger;
using CreditExchange.Lookup.Redis;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Edge.History;

/// <summary>A full node, two edge nodes in processes of their own, and a real Redis, with ways between them that can be held still.</summary>
internal sealed class HistoryNodes : IAsyncDisposable
{
    private readonly ConcurrentBag<GrpcChannel> channels = [];
    private readonly List<string> folders = [];
    private readonly ConcurrentBag<HubProcess> started = [];

    private HistoryNodes(RedisServer redis, TcpProxy writerToRedis, TcpProxy edgesToRedis, HubServer full)
    {
        (Redis, WriterToRedis, EdgesToRedis, Full) = (redis, writerToRedis, edgesToRedis, full);
        ToFull = [TcpProxy.To(full.GrpcAddress), TcpProxy.To(full.GrpcAddress)];
    }

    public RedisServer Redis { get; }

    /// <summary>The full node's way to Redis.</summary>
    public TcpProxy WriterToRedis { get; }

    /// <summary>The edge nodes' way to Redis.</summary>
    public TcpProxy EdgesToRedis { get; }

    public HubServer Full { get; }

    /// <summary>Each edge node's way to the full one.</summary>
    public TcpProxy[] ToFull { get; }

    public HubProcess[] Edges { get; private set; } = [];

    /// <summary>Starts all.</summary>
    /// <param name="guardOut">The guard that the first edge node lacks; null: none.</param>
    public static async Task<HistoryNodes> StartAsync(string? guardOut)
    {
        var redis = await RedisServer.StartAsync("--enable-debug-command", "local");
        var writerToRedis = TcpProxy.To(redis.Port);
        var full = await HubServer.StartAsync(settings: $"Redis:Configuration=127.0.0.1:{writerToRedis.Port}");
        var nodes = new HistoryNodes(redis, writerToRedis, TcpProxy.To(redis.Port), full);
        try
        {
            var token = await EdgeNodes.TokenAsync(full);
            nodes.Edges = await Task.WhenAll(nodes.StartEdgeAsync(0, token, guardOut), nodes.StartEdgeAsync(1, token, null));
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lookups at a node, 0 the full one, on a connection of their own.</summary>
    public LookupService.LookupServiceClient Connect(int node)
    {
        var channel = GrpcChannel.ForAddress(node == 0 ? Full.GrpcAddress : Edges[node - 1].GrpcAddress);
        channels.Add(channel);
        var token = Full.TokenOf("hainan-approval");
        return new LookupService.LookupServiceClient(channel.Intercept(metadata =>
        {
            metadata.Add("authorization", $"Bearer {token}");
            return metadata;
        }));
    }

    /// <summary>Everything in the ledger, as the listings' publisher is told it.</summary>
    public async Task<List<LedgerEvent>> ReadLedgerAsync()
    {
        var told = new List<LedgerEvent>();
        var messages = await SharedHub.WatchAsync(
            Full.Updates("hainan-high-court"),
            new WatchUpdatesRequest { FromPosition = 1 },
            m => m.Progress is { } progress && progress.Position >= Head);
        told.AddRange(messages.Where(m => m.Event is not null).Select(m => m.Event));
        return told;
    }

    /// <summary>What writes Redis.</summary>
    public TierProjection Tier => Full.Services.GetRequiredService<TierProjection>();

    public string LedgerId => Ledger.LedgerId;

    public long Head => Ledger.Head;

    /// <summary>Ends what is held still, so that all can be stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var channel in channels)
        {
            channel.Dispose();
        }

        foreach (var edge in started)
        {
            await edge.DisposeAsync();
        }

        foreach (var way in ToFull)
        {
            await way.DisposeAsync();
        }

        await Full.DisposeAsync();
        await WriterToRedis.DisposeAsync();
        await EdgesToRedis.DisposeAsync();
        await Redis.DisposeAsync();
        folders.ForEach(f => Directory.Delete(f, recursive: true));
    }

    private ILedger Ledger => Full.Services.GetRequiredService<ILedger>();

    private async Task<HubProcess> StartEdgeAsync(int index, string token, string? guardOut)
    {
        var data = Directory.CreateTempSubdirectory("hub-history-").FullName;
        lock (folders)
        {
            folders.Add(data);
        }

        var settings = EdgeNodes.ProcessSettings(
            Full, ToFull[index].Address, token, await File.ReadAllBytesAsync(Path.Combine(Full.Data, "keys", "wrapping.key")),
            $"127.0.0.1:{EdgesToRedis.Port}", $"e{index + 1}");
        var edge = guardOut is null
            ? await HubProcess.StartAsync(data, settings)
            : await HubProcess.StartBuildAsync(TrapsBuild.Hub, data, [.. settings, $"CREDITEXCHANGE_GUARD_OUT={guardOut}"]);
        started.Add(edge);
        return edge;
    }
}
