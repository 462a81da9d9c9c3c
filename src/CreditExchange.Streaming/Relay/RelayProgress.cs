using System.Text.Json;
using CreditExchange.Client.Streams;
using CreditExchange.Ledger;

namespace CreditExchange.Streaming.Relay;

/// <summary>
/// How far a stream is and what its topics were begun with, as it is kept in the ledger's store. Written after the brokers have
/// confirmed; what the topics say beyond it counts more.
/// </summary>
internal sealed record RelayProgress
{
    /// <summary>Ledger and epoch.</summary>
    public required string LedgerId { get; init; }

    /// <summary>Generation of the topics.</summary>
    public required int Generation { get; init; }

    /// <summary>Names the key of the tokens.</summary>
    public required string TokenKeyId { get; init; }

    /// <summary>Everything up to here is in the topics.</summary>
    public required long Through { get; init; }

    /// <summary>The partitions of the events' topic, in order.</summary>
    public required IReadOnlyList<End> Events { get; init; }

    /// <summary>The partitions of the state's topic, in order.</summary>
    public required IReadOnlyList<End> State { get; init; }

    /// <summary>The row of an audience.</summary>
    public static string RowOf(string audience) => $"relay/{audience}/progress";

    /// <summary>What is kept of an audience; null: nothing yet.</summary>
    public static RelayProgress? Read(IProgressStore store, string audience) =>
        store.Read(RowOf(audience)) is { } row ? JsonSerializer.Deserialize<RelayProgress>(row.Value) : null;

    /// <summary>As it is kept.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>The end of a partition.</summary>
    /// <param name="Digest">32 bytes.</param>
    /// <param name="Count">Positions in it.</param>
    /// <param name="Last">The last of them.</param>
    /// <param name="Through">Every position up to here that belongs into it stands in it.</param>
    /// <param name="Offset">Where the next record would stand.</param>
    internal sealed record End(byte[] Digest, long Count, long Last, long Through, long Offset)
    {
        public static End Of(PartitionEnd end) =>
            new(end.Digest.Value.ToArray(), end.Digest.Count, end.Digest.Last, end.Through, end.Offset);

        public PartitionEnd Open() => new(new StreamDigest(Digest, Count, Last)) { Through = Through, Offset = Offset };
    }
}
