using CreditExchange.V1;

namespace CreditExchange.Hub.Tests.Edge.History;

/// <summary>
/// What the ledger says of each subject at each position, found out in the plainest way: the last state of every listing up to
/// there, one by one. Knows nothing of indexes, filters, Redis or nodes.
/// </summary>
internal sealed class LedgerModel
{
    private readonly Dictionary<string, List<Stand>> listings = [];
    private readonly Dictionary<string, HashSet<string>> listingsOf = [];

    /// <summary>The model of a ledger that was read from its first position on.</summary>
    /// <param name="events">All of it, in order.</param>
    /// <exception cref="Xunit.Sdk.XunitException">A position is missing.</exception>
    public LedgerModel(IEnumerable<LedgerEvent> events)
    {
        foreach (var e in events)
        {
            Assert.Equal(Head + 1, e.Position);
            Head = e.Position;
            if (e.Listing is not { ListingId.Length: > 0 } listing)
            {
                continue;
            }

            if (!listings.TryGetValue(listing.ListingId, out var stands))
            {
                listings.Add(listing.ListingId, stands = []);
            }

            // The event of an end holds no content: it names nobody any more.
            var counts = listing.State == ListingState.Active;
            stands.Add(new Stand(
                e.Position,
                listing.State,
                counts ? [listing.Subject.Number, .. listing.OtherIds.Select(o => o.Number)] : [],
                counts ? Text(listing.ListingId, listing.EffectiveUntil?.ToDateTimeOffset()) : ""));
            foreach (var number in stands[^1].Numbers)
            {
                (listingsOf.TryGetValue(number, out var of) ? of : listingsOf[number] = []).Add(listing.ListingId);
            }
        }
    }

    /// <summary>The last position.</summary>
    public long Head { get; private set; }

    /// <summary>A listing as an answer and the model name it.</summary>
    public static string Text(string listingId, DateTimeOffset? until) => $"{listingId} until {until:O}";

    /// <summary>What counts against a subject at a position: its listings, sorted.</summary>
    public string MatchesOf(string number, long position) => string.Join(
        "; ",
        listingsOf.GetValueOrDefault(number, [])
            .Select(listing => listings[listing].FindLast(s => s.Position <= position))
            .Where(stand => stand is not null && Array.IndexOf(stand.Numbers, number) >= 0)
            .Select(stand => stand!.Text)
            .Order(StringComparer.Ordinal));

    /// <summary>The state that a listing has after the event at a position; Unspecified: none of its events is there.</summary>
    public ListingState StateAt(string listingId, long position) =>
        listings.GetValueOrDefault(listingId)?.Find(s => s.Position == position)?.State ?? ListingState.Unspecified;

    private sealed record Stand(long Position, ListingState State, string[] Numbers, string Text);
}
