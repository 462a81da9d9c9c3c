namespace CreditExchange.Client.Streams.Following;

/// <summary>Why a stream is not believed. Numbers and names are stable.</summary>
public enum StreamFault
{
    /// <summary>Not stated.</summary>
    None = 0,

    /// <summary>A position that stood in the partition is missing.</summary>
    Gap = 1,

    /// <summary>A checkpoint's count or digest is another than that of what was read: something was changed, or told to others only.</summary>
    DigestMismatch = 2,

    /// <summary>A record, a checkpoint or the kept progress is of another ledger or epoch.</summary>
    ForeignLedger = 3,

    /// <summary>A checkpoint is signed with a key that was not given.</summary>
    UnknownCheckpointKey = 4,

    /// <summary>A checkpoint's signature is wrong.</summary>
    BadSignature = 5,

    /// <summary>A checkpoint was made for another topic or partition.</summary>
    MisplacedCheckpoint = 6,

    /// <summary>What stands before the first record was deleted by its age, or the topic was made anew.</summary>
    HistoryMissing = 7,

    /// <summary>The kept progress is of another topic or of another count of partitions.</summary>
    ForeignProgress = 8,
}

/// <summary>A stream is not believed: nothing from this record on was applied.</summary>
/// <param name="fault">Why.</param>
/// <param name="topic">Topic.</param>
/// <param name="partition">Partition; -1: all.</param>
/// <param name="offset">Offset of the record; -1: none.</param>
/// <param name="position">The position that the record tells; 0: none.</param>
/// <param name="detail">What was expected and what came.</param>
public sealed class StreamFaultException(StreamFault fault, string topic, int partition, long offset, long position, string detail)
    : Exception($"{fault} in '{topic}' [{partition}] at offset {offset}, position {position}: {detail}")
{
    /// <summary>Why.</summary>
    public StreamFault Fault => fault;

    /// <summary>Topic.</summary>
    public string Topic => topic;

    /// <summary>Partition; -1: all.</summary>
    public int Partition => partition;

    /// <summary>Offset of the record; -1: none.</summary>
    public long Offset => offset;

    /// <summary>The position that the record tells; 0: none.</summary>
    public long Position => position;
}
