using CreditExchange.V1;

namespace CreditExchange.Client.Streams.Following;

/// <summary>What a <see cref="StreamConsumer"/> follows, and by which keys it believes it.</summary>
public sealed class StreamConsumerOptions
{
    /// <summary>Brokers, "host:port" separated by commas.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>Topic of the events.</summary>
    public required string EventsTopic { get; init; }

    /// <summary>Compacted topic of the state, from which a newcomer starts; empty: a newcomer reads all events from the first on.</summary>
    public string StateTopic { get; init; } = "";

    /// <summary>Ledger and epoch; empty: that of the progress, else of the first record.</summary>
    public string LedgerId { get; init; } = "";

    /// <summary>Public keys by which checkpoints are verified: SubjectPublicKeyInfo, DER. At least one.</summary>
    public required IReadOnlyList<byte[]> CheckpointKeys { get; init; }

    /// <summary>Further settings by librdkafka's names, for example security.protocol or sasl.password; those of the consumer itself win.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Name towards the brokers, of the client and of the group whose right to read is asked for; no group is joined.</summary>
    /// <value>The default is creditexchange-consumer.</value>
    public string ClientId { get; init; } = "creditexchange-consumer";

    /// <summary>How often progress is saved at least while there is any.</summary>
    /// <value>The default is one second.</value>
    public TimeSpan SaveInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After how many events it is saved at the latest; 1: after each.</summary>
    /// <value>The default is 100,000.</value>
    public int SaveEvery { get; init; } = 100_000;

    /// <summary>What the hub says of a stream: topics, ledger and keys.</summary>
    /// <param name="hub">The hub, with a token of the stream's agency.</param>
    /// <param name="bootstrapServers">Brokers, "host:port" separated by commas.</param>
    /// <param name="settings">Further settings by librdkafka's names.</param>
    /// <param name="audience">Whose stream; empty: the caller's own.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="Grpc.Core.RpcException">The hub refuses or can't be reached.</exception>
    public static async Task<StreamConsumerOptions> OfHubAsync(
        ListUpdateService.ListUpdateServiceClient hub,
        string bootstrapServers,
        IReadOnlyDictionary<string, string>? settings = null,
        string audience = "",
        CancellationToken cancellation = default)
    {
        var stream = await hub.DescribeStreamAsync(new DescribeStreamRequest { Audience = audience }, cancellationToken: cancellation);
        return new StreamConsumerOptions
        {
            BootstrapServers = bootstrapServers,
            Settings = settings ?? new Dictionary<string, string>(),
            EventsTopic = stream.EventsTopic,
            StateTopic = stream.StateTopic,
            LedgerId = stream.LedgerId,
            CheckpointKeys = [.. stream.Keys.Select(k => k.PublicKey.ToByteArray())],
        };
    }
}
