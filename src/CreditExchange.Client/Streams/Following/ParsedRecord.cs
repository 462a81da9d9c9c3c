using Confluent.Kafka;
using CreditExchange.V1;

namespace CreditExchange.Client.Streams.Following;

/// <summary>A record with everything that can be told of it without knowing what stood before it.</summary>
internal sealed class ParsedRecord
{
    public int Partition { get; init; }

    public long Offset { get; init; }

    /// <summary>The record itself; kept for poison.</summary>
    public required ConsumeResult<byte[]?, byte[]?> From { get; init; }

    public PoisonReason Poison { get; set; }

    /// <summary>Whether the headers tell a position, so that it counts in its partition whatever the value is.</summary>
    public bool HasPosition { get; set; }

    public bool IsCheckpoint { get; set; }

    public long Position { get; set; }

    public long Previous { get; set; }

    /// <summary>Ledger and epoch, ASCII.</summary>
    public byte[] Ledger { get; set; } = [];

    /// <summary>32 bytes.</summary>
    public byte[] Commitment { get; set; } = [];

    public LedgerEvent? Event { get; set; }

    public StreamCheckpoint? Checkpoint { get; set; }

    /// <summary>What is wrong with the checkpoint's signature.</summary>
    public StreamFault Signature { get; set; }

    public byte[] Key => From.Message.Key ?? [];
}
