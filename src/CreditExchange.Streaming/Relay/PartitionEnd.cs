using CreditExchange.Client.Streams;

namespace CreditExchange.Streaming.Relay;

/// <summary>What is known of the end of one partition.</summary>
/// <param name="digest">Of what stands in it.</param>
internal sealed class PartitionEnd(StreamDigest digest)
{
    /// <summary>Of what stands in it.</summary>
    public StreamDigest Digest { get; set; } = digest;

    /// <summary>Every position up to here that belongs into it stands in it.</summary>
    public long Through { get; set; }

    /// <summary>Where the next record would stand; what a topic has less than this it has lost.</summary>
    public long Offset { get; set; }
}
