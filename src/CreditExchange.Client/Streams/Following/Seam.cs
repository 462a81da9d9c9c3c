namespace CreditExchange.Client.Streams.Following;

/// <summary>Where a snapshot ends and the events begin. What a listing's state already held is not told again.</summary>
/// <param name="through">Events up to here are in the snapshot.</param>
internal sealed class Seam(long through)
{
    private readonly Dictionary<string, long> ahead = [];

    /// <summary>Events up to here are in the snapshot.</summary>
    public long Through { get; } = through;

    /// <summary>The highest position that a state in the snapshot has.</summary>
    public long Highest { get; private set; } = through;

    /// <summary>A listing's state was newer than what the snapshot is complete to.</summary>
    public void Add(string listingId, long position)
    {
        ahead[listingId] = position;
        Highest = Math.Max(Highest, position);
    }

    /// <summary>Whether the snapshot held an event already.</summary>
    public bool Covers(V1.LedgerEvent? told, long position) =>
        position <= Through
        || (position <= Highest && told is not null && ListingOf(told) is { } id && ahead.TryGetValue(id, out var newest) && position <= newest);

    private static string? ListingOf(V1.LedgerEvent told) => told.BodyCase switch
    {
        V1.LedgerEvent.BodyOneofCase.Listing => told.Listing.ListingId,
        V1.LedgerEvent.BodyOneofCase.SealedListing => told.SealedListing.ListingId,
        _ => null,
    };
}
