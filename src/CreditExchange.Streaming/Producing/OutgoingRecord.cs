namespace CreditExchange.Streaming.Producing;

/// <summary>A record to send: bytes that stay where they are until it was handed over.</summary>
internal ref struct OutgoingRecord
{
    /// <summary>The partition, chosen by us.</summary>
    public int Partition;

    /// <summary>Milliseconds since 1970.</summary>
    public long TimestampMs;

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key;

    /// <summary>The value; empty: a tombstone, since no value of ours is.</summary>
    public ReadOnlySpan<byte> Value;

    /// <summary>Header "position".</summary>
    public ReadOnlySpan<byte> Position;

    /// <summary>Header "kind".</summary>
    public ReadOnlySpan<byte> Kind;

    /// <summary>Header "ledger_id".</summary>
    public ReadOnlySpan<byte> LedgerId;

    /// <summary>Header "schema".</summary>
    public ReadOnlySpan<byte> Schema;

    /// <summary>Header "commitment"; empty: left out.</summary>
    public ReadOnlySpan<byte> Commitment;

    /// <summary>Header "previous_in_partition".</summary>
    public ReadOnlySpan<byte> Previous;
}
