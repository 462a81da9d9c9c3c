namespace CreditExchange.Hub.Snapshots;

/// <summary>How often snapshots are cut. Section "Snapshots".</summary>
public sealed class SnapshotOptions
{
    /// <summary>Events after which a new snapshot is cut in the background, so that one that a reader asks for has few to take in.</summary>
    /// <value>The default is 100,000. Allowed: 1 to 100,000,000.</value>
    public int Every { get; set; } = 100_000;
}
