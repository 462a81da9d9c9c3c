using System.Runtime.CompilerServices;
using CreditExchange.V1;

namespace CreditExchange.Client.Streams.Following;

/// <summary>A record with everything that can be told of it without knowing what stood before it.</summary>
internal sealed class ParsedRecord
{
    public int Partition { get; init; }

    public long Offset { get; init; }

    /// <summary>Where it still lies, as long as its batch.</summary>
    public required RawRecord From { get; init; }

    public PoisonReason Poison { get; set; }

    /// <summary>Whether the headers tell a position, so that it counts in its partition whatever the value is.</summary>
    public bool HasPosition { get; set; }

    /// <summary>Whether it has a value; one without is a tombstone.</summary>
    public bool HasValue { get; init; }

    public bool IsCheckpoint { get; set; }

    public long Position { get; set; }

    public long Previous { get; set; }

    /// <summary>Ledger and epoch, ASCII.</summary>
    public byte[] Ledger { get; set; } = [];

    /// <summary>The event's commitment.</summary>
    public Commitment Commitment;

    public LedgerEvent? Event { get; set; }

    public StreamCheckpoint? Checkpoint { get; set; }

    /// <summary>What is wrong with the checkpoint's signature.</summary>
    public StreamFault Signature { get; set; }

    public byte[] Key { get; set; } = [];
}

/// <summary>32 bytes.</summary>
[InlineArray(Size)]
internal struct Commitment
{
    public const int Size = 32;
    private byte first;
}
