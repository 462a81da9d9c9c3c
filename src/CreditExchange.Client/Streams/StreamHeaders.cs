namespace CreditExchange.Client.Streams;

/// <summary>
/// Headers of a record in a stream's topics, in this order, each once. Values are ASCII, positions decimal. None names a list or a
/// region: of natural persons that would already tell something.
/// </summary>
public static class StreamHeaders
{
    /// <summary>The event's position; of a checkpoint the position that it goes through.</summary>
    public const string Position = "position";

    /// <summary>Name of the event's kind without its prefix, for example PUBLISHED; <see cref="Checkpoint"/>.</summary>
    public const string Kind = "kind";

    /// <summary>Ledger and epoch.</summary>
    public const string LedgerId = "ledger_id";

    /// <summary>Full name of the message that the value is.</summary>
    public const string Schema = "schema";

    /// <summary>Form of the value.</summary>
    public const string ContentType = "content_type";

    /// <summary>The event's commitment, 64 hex digits in lower case; not of a checkpoint.</summary>
    public const string Commitment = "commitment";

    /// <summary>The position before this one in the same partition; 0: none. Shows a gap.</summary>
    public const string PreviousInPartition = "previous_in_partition";

    /// <summary>The kind of a checkpoint.</summary>
    public const string Checkpoint = "CHECKPOINT";

    /// <summary>The only form of a value.</summary>
    public const string Protobuf = "application/x-protobuf";

    /// <summary>What an event's value is.</summary>
    public const string EventSchema = "creditexchange.v1.LedgerEvent";

    /// <summary>What a checkpoint's value is.</summary>
    public const string CheckpointSchema = "creditexchange.v1.SignedCheckpoint";
}
