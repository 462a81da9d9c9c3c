namespace CreditExchange.AccessLog;

/// <summary>Where a log is kept and how.</summary>
public sealed class AccessLogOptions
{
    /// <summary>Its folder; made with mode 0700 when it isn't there.</summary>
    public required string Folder { get; init; }

    /// <summary>Name of this node, the first part of each record's name: 1 to 31 of a-z and 0-9.</summary>
    public string Node { get; init; } = "n1";

    /// <summary>Size of a segment in bytes, a multiple of 8, at most 2 GiB - 8. Twice as much is allocated: one to write, one in reserve.</summary>
    public long SegmentBytes { get; init; } = 64L << 20;

    /// <summary>How often what was written is handed to the disk; it is the kernel's at once.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>There is no room for another record: neither in the segment nor on the disk.</summary>
public sealed class AccessLogFullException() : Exception("The access log is full.");
