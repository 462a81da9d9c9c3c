namespace CreditExchange.Streaming.Relay;

/// <summary>
/// One event as it goes into the topics: all but what stands before it in its partition decides. Its bytes lie in its page, one after
/// the other in the order of the sizes below.
/// </summary>
internal readonly record struct RelayRecord
{
    /// <summary>Of a commitment.</summary>
    public const int CommitmentSize = Ledger.Proofs.Commitments.HashSize;

    /// <summary>Of a commitment in hex digits.</summary>
    public const int HexSize = 2 * CommitmentSize;

    /// <summary>Its position.</summary>
    public required long Position { get; init; }

    /// <summary>When it was recorded: the records' timestamp, in milliseconds since 1970.</summary>
    public required long TimestampMs { get; init; }

    /// <summary>Its kind's name without prefix, in ASCII; shared.</summary>
    public required byte[] Kind { get; init; }

    /// <summary>Where it stands in the events' topic.</summary>
    public required int Partition { get; init; }

    /// <summary>Where it stands in the state's topic.</summary>
    public required int StatePartition { get; init; }

    /// <summary>Where its bytes begin: commitment, and the same in hex.</summary>
    public required int At { get; init; }

    /// <summary>The position in decimal digits.</summary>
    public required int PositionSize { get; init; }

    /// <summary>The key in the events' topic: the subject's token, or "event-" and the entity.</summary>
    public required int KeySize { get; init; }

    /// <summary>The key in the state's topic, the listing id; 0: the event changes no state that the audience has.</summary>
    public required int StateKeySize { get; init; }

    /// <summary>A LedgerEvent.</summary>
    public required int ValueSize { get; init; }

    /// <summary>Whether the state's record is a tombstone.</summary>
    public required bool IsGone { get; init; }

    /// <summary>Whether any content of a listing leaves with it.</summary>
    public required bool HasContent { get; init; }
}
