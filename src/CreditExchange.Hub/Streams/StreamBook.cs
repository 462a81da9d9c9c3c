using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;
using CreditExchange.Streaming.Relay;

namespace CreditExchange.Hub.Streams;

/// <summary>The streams of this hub: for whom, under which keys, how far.</summary>
public sealed class StreamBook : IDisposable
{
    private readonly Lazy<CheckpointKey> signing;

    /// <summary>Opens the configured audiences.</summary>
    /// <exception cref="InvalidDataException">An audience's key is unusable.</exception>
    public StreamBook(KafkaOptions options, ILedger ledger)
    {
        Options = options;
        signing = new Lazy<CheckpointKey>(() => new CheckpointKey(ledger.Keys));
        Streams = options.IsUsed
            ? [.. options.Filled().Select(a => new HubStream(Audience.Open(a, ledger.Keys), new RelayStatus()))]
            : [];
    }

    /// <summary>The configuration.</summary>
    public KafkaOptions Options { get; }

    /// <summary>Signs checkpoints; made when first asked for, so that a hub without streams starts without it.</summary>
    public CheckpointKey Signing => signing.Value;

    /// <summary>All streams.</summary>
    public IReadOnlyList<HubStream> Streams { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var stream in Streams)
        {
            stream.Audience.Dispose();
        }

        if (signing.IsValueCreated)
        {
            signing.Value.Dispose();
        }
    }
}

/// <summary>One stream.</summary>
/// <param name="Audience">For whom.</param>
/// <param name="Status">How far.</param>
public sealed record HubStream(Audience Audience, RelayStatus Status)
{
    /// <summary>How far it is, by this node's word while it works, else by the store's too: another node may be the one that does.</summary>
    /// <exception cref="LedgerUnavailableException">The store could not be read.</exception>
    public RelayedPosition Known(IProgressStore store)
    {
        var (position, partitions) = (Status.Position, Status.Partitions);
        if (Status.State == RelayState.Working)
        {
            return new RelayedPosition(position, partitions);
        }

        var kept = RelayedPosition.Read(store, Audience.Name);
        return new RelayedPosition(Math.Max(position, kept.Position), Math.Max(partitions, kept.Partitions));
    }
}
