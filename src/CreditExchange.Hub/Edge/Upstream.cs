using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Nodes;
using CreditExchange.Lookup.Edge;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Net.Client;
using NodeClient = CreditExchange.V1.NodeService.NodeServiceClient;

namespace CreditExchange.Hub.Edge;

/// <summary>The full node that an edge node follows and asks.</summary>
public sealed class Upstream : IUpstreamDetails, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly GrpcChannel channel;
    private readonly NodeClient nodes;
    private readonly ListUpdateService.ListUpdateServiceClient updates;
    private readonly string tokenFile;
    private readonly TimeProvider time;
    private (DateTime Written, string Token) token;
    private long errors;

    /// <summary>Connects with the first call.</summary>
    public Upstream(LookupOptions options, int mostBytes, TimeProvider time)
    {
        this.time = time;
        tokenFile = options.TokenFile;
        channel = GrpcChannel.ForAddress(options.Upstream, new GrpcChannelOptions
        {
            MaxReceiveMessageSize = mostBytes,
            HttpHandler = new SocketsHttpHandler
            {
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = TimeSpan.FromSeconds(5),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
                ConnectTimeout = Patience,
            },
        });
        nodes = new NodeClient(channel);
        updates = new(channel);
    }

    /// <summary>Calls that failed.</summary>
    public long Errors => Volatile.Read(ref errors);

    /// <summary>The state from which a node begins.</summary>
    public AsyncServerStreamingCall<ReadNodeStateResponse> ReadState(CancellationToken cancellation) =>
        nodes.ReadNodeState(new ReadNodeStateRequest(), Headers(), cancellationToken: cancellation);

    /// <summary>The events from a position on.</summary>
    public AsyncServerStreamingCall<WatchUpdatesResponse> Watch(long from, string ledgerId, CancellationToken cancellation) =>
        updates.WatchUpdates(new WatchUpdatesRequest { FromPosition = from, LedgerId = ledgerId }, Headers(), cancellationToken: cancellation);

    /// <summary>The ledger's id and head, and how old what is known of partners is.</summary>
    /// <exception cref="UpstreamException">It doesn't answer.</exception>
    public async Task<ReadSubjectDetailsResponse> HeadAsync(TimeSpan atMost, CancellationToken cancellation) =>
        await AskAsync(new ReadSubjectDetailsRequest(), atMost < Patience ? atMost : Patience, cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(
        IReadOnlyList<SubjectKey> keys, bool withLinks, CancellationToken cancellation)
    {
        var response = await AskAsync(
            new ReadSubjectDetailsRequest { SubjectKeys = NodeChanges.Write(keys.ToArray()), WithLinks = withLinks }, Patience, cancellation);
        return [.. response.Details.Select(d => d.Memory)];
    }

    /// <inheritdoc/>
    public void Dispose() => channel.Dispose();

    private async Task<ReadSubjectDetailsResponse> AskAsync(
        ReadSubjectDetailsRequest request, TimeSpan atMost, CancellationToken cancellation)
    {
        try
        {
            return await nodes.ReadSubjectDetailsAsync(
                request, Headers(), time.GetUtcNow().UtcDateTime + atMost, cancellation);
        }
        catch (Exception error) when (error is RpcException or IOException)
        {
            Interlocked.Increment(ref errors);
            throw new UpstreamException("The upstream doesn't answer.", error);
        }
    }

    private Metadata Headers()
    {
        var written = File.GetLastWriteTimeUtc(tokenFile);
        var known = token;
        if (known.Token is null || known.Written != written)
        {
            token = known = (written, File.ReadAllText(tokenFile).Trim());
        }

        return new Metadata { { "authorization", $"Bearer {known.Token}" } };
    }
}
