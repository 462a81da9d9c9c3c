namespace CreditExchange.Client.Streams.Following;

/// <summary>How far one partition has been followed, and what of it is proved. Used by one task.</summary>
internal sealed class PartitionFollow
{
    private StreamDigest? digest;
    private bool isAtBeginning;

    private PartitionFollow(long offset) => Offset = offset;

    /// <summary>The next record.</summary>
    public long Offset { get; set; }

    /// <summary>Up to here a checkpoint has proved that nothing is missing.</summary>
    public long VerifiedThrough { get; private set; }

    /// <summary>The last position.</summary>
    public long Last { get; private set; }

    /// <summary>Whether what stood before is known; else the next checkpoint is believed.</summary>
    public bool IsKnown => digest is not null || isAtBeginning;

    /// <summary>From a partition's beginning; <see cref="Begin"/> follows when the ledger is known.</summary>
    public static PartitionFollow AtBeginning() => new(0) { isAtBeginning = true };

    /// <summary>From somewhere: the next records and the next checkpoint are believed.</summary>
    public static PartitionFollow AtUnknown(long offset) => new(offset);

    /// <summary>From after a checkpoint.</summary>
    public static PartitionFollow After(V1.StreamCheckpoint checkpoint, long offset)
    {
        var follow = new PartitionFollow(offset);
        follow.Believe(checkpoint);
        return follow;
    }

    /// <summary>From what was kept.</summary>
    public static PartitionFollow From(PartitionProgress kept) => new(kept.Offset)
    {
        digest = kept.Digest.Length > 0 ? new StreamDigest(kept.Digest, kept.Count, kept.LastPosition) : null,
        Last = kept.LastPosition,
        VerifiedThrough = kept.VerifiedThrough,
    };

    /// <summary>The ledger is known: at a beginning the digest of nothing is taken.</summary>
    public void Begin(string ledgerId, string topic, int partition)
    {
        if (isAtBeginning)
        {
            digest = new StreamDigest(ledgerId, topic, partition);
            isAtBeginning = false;
        }
    }

    /// <summary>What is kept of it.</summary>
    public PartitionProgress ToProgress() => new(Offset, Last, digest?.Count ?? 0, digest?.Value.ToArray() ?? [], VerifiedThrough);

    /// <summary>What is wrong with a new position; null: nothing.</summary>
    public string? GapBefore(ParsedRecord record) =>
        record.Previous == Last || (!IsKnown && record.Previous > Last) ? null : $"the record says that {Named(record.Previous)} stands before it, and read was {Named(Last)}";

    /// <summary>Takes a position in.</summary>
    public void Append(ParsedRecord record)
    {
        digest?.Append(record.Position, record.Commitment);
        Last = record.Position;
    }

    /// <summary>Takes what was missing as known.</summary>
    public void Forget() => digest = null;

    /// <summary>Whether a checkpoint tells less than is known: that of a relay which was paused.</summary>
    public bool IsOld(V1.StreamCheckpoint checkpoint) => checkpoint.ThroughPosition < Math.Max(VerifiedThrough, Last);

    /// <summary>What is wrong by the word of a checkpoint that is not old; None: nothing, and everything up to it is proved.</summary>
    public StreamFault Verify(V1.StreamCheckpoint checkpoint, out string detail)
    {
        detail = "";
        if (digest is null)
        {
            if (checkpoint.LastPosition == Last || Last == 0)
            {
                Believe(checkpoint);
                return StreamFault.None;
            }

            detail = $"the checkpoint ends with {Named(checkpoint.LastPosition)}, and read was {Named(Last)}";
            return checkpoint.LastPosition > Last ? StreamFault.Gap : StreamFault.DigestMismatch;
        }

        if (checkpoint.LastPosition > Last)
        {
            detail = $"the checkpoint ends with {Named(checkpoint.LastPosition)}, and read was {Named(Last)}";
            return StreamFault.Gap;
        }

        if (checkpoint.Count != digest.Count || checkpoint.LastPosition != Last || !checkpoint.Digest.Span.SequenceEqual(digest.Value))
        {
            detail = $"the checkpoint has {checkpoint.Count} positions to {checkpoint.LastPosition} with digest {Short(checkpoint.Digest.Span)}, "
                + $"read were {digest.Count} to {Last} with {Short(digest.Value)}";
            return StreamFault.DigestMismatch;
        }

        VerifiedThrough = checkpoint.ThroughPosition;
        return StreamFault.None;
    }

    /// <summary>Takes a checkpoint's word for what stands before it.</summary>
    public void Believe(V1.StreamCheckpoint checkpoint)
    {
        digest = new StreamDigest(checkpoint.Digest.Span, checkpoint.Count, checkpoint.LastPosition);
        Last = checkpoint.LastPosition;
        VerifiedThrough = checkpoint.ThroughPosition;
    }

    private static string Named(long position) => position == 0 ? "nothing" : $"position {position}";

    private static string Short(ReadOnlySpan<byte> digest) => digest.Length < 8 ? "none" : Convert.ToHexStringLower(digest[..8]) + "…";
}
