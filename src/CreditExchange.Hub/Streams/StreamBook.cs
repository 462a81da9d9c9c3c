using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;
using CreditExchange.Streaming.Relay;

namespace CreditExchange.Hub.Streams;

/// <summary>The streams of this hub: for whom, under which keys, how far.</summary>
public sealed class StreamBook : IDisposable
{
    /// <summary>Opens the configured audiences.</summary>
    /// <exception cref="InvalidDataException">An audience's key is unusable.</exception>
    public StreamBook(KafkaOptions options, ILedger ledger)
    {
        Options = options;
        Signing = new CheckpointKey(ledger.Keys);
        Streams = options.IsUsed
            ? [.. options.Filled().Select(a => new HubStream(Audience.Open(a, ledger.Keys), new RelayStatus()))]
            : [];
    }

    /// <summary>The configuration.</summary>
    public KafkaOptions Options { get; }

    /// <summary>Signs checkpoints.</summary>
    public CheckpointKey Signing { get; }

    /// <summary>All streams.</summary>
    public IReadOnlyList<HubStream> Streams { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var stream in Streams)
        {
            stream.Audience.Dispose();
        }

        Signing.Dispose();
    }
}

/// <summary>One stream.</summary>
/// <param name="Audience">For whom.</param>
/// <param name="Status">How far.</param>
public sealed record HubStream(Audience Audience, RelayStatus Status);
