namespace CreditExchange.Ledger;

/// <summary>What became of a draft.</summary>
public abstract record AppendResult
{
    private AppendResult()
    {
    }

    /// <summary>It was recorded and is durable.</summary>
    public sealed record Committed(StoredEvent Event) : AppendResult;

    /// <summary>Its request key was recorded before; nothing was recorded now.</summary>
    /// <param name="First">The event of the first request, from which its answer is derived.</param>
    /// <param name="SameContent">Whether it is a retry; else another request under the same id.</param>
    public sealed record RequestSeen(StoredEvent First, bool SameContent) : AppendResult;

    /// <summary>The entity isn't at the revision before the draft's; nothing was recorded.</summary>
    /// <param name="Actual">The entity's revision; 0: the entity doesn't exist.</param>
    public sealed record RevisionStale(long Actual) : AppendResult;

    /// <summary>Another live entity has the source key; nothing was recorded.</summary>
    public sealed record SourceRefTaken(long Entity) : AppendResult;

    /// <summary>Work on derived tables was done; never an event's outcome.</summary>
    internal sealed record WorkDone : AppendResult
    {
        public static readonly WorkDone Instance = new();
    }
}
