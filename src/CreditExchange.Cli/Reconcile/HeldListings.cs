using CreditExchange.Client;
using CreditExchange.Domain.Listings;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Cli.Reconcile;

/// <summary>A listing that the hub holds of the agency.</summary>
/// <param name="Key">By what a row is the same.</param>
/// <param name="Listing">As its publisher sees it.</param>
/// <param name="Live">Whether it still lives, by the clock too.</param>
internal sealed record Held(RowKey Key, Listing Listing, bool Live);

/// <summary>What the hub holds of an agency on some lists: in memory alone, never on disk.</summary>
internal sealed class HeldListings(DateTimeOffset now)
{
    private const int PageSize = 1_000;
    private readonly Dictionary<RowKey, Held> _byKey = [];
    private readonly Dictionary<string, Held> _byId = new(StringComparer.Ordinal);

    /// <summary>The last listing of each key: the live one where there is one, else the newest.</summary>
    public IEnumerable<Held> All => _byKey.Values;

    /// <summary>The listing of a key; null where the hub holds none.</summary>
    public Held? Find(RowKey key) => _byKey.GetValueOrDefault(key);

    /// <summary>The listing with an id; null where the hub holds none of this agency.</summary>
    public Held? Find(string listingId) => _byId.GetValueOrDefault(listingId);

    /// <summary>Takes a listing in; a live one replaces one that is closed.</summary>
    public void Put(Listing listing)
    {
        var held = new Held(RowKey.Of(listing), listing, ListingStateMachine.IsLive(ListingTimes.StateAt(listing, now)));
        if (listing.ListingId.Length > 0)
        {
            _byId[listing.ListingId] = held;
        }

        // The hub tells them in the order of their creation.
        if (held.Live || !_byKey.TryGetValue(held.Key, out var before) || !before.Live)
        {
            _byKey[held.Key] = held;
        }
    }

    /// <summary>Replaces a listing by what became of it.</summary>
    public void Replace(Held before, Listing after)
    {
        var held = before with { Listing = after, Live = ListingStateMachine.IsLive(ListingTimes.StateAt(after, now)) };
        _byKey[before.Key] = held;
        if (after.ListingId.Length > 0)
        {
            _byId[after.ListingId] = held;
        }
    }

    /// <summary>Reads everything of an agency on one list, page by page. A list that the hub doesn't know holds nothing.</summary>
    /// <exception cref="RpcException">The hub refuses, or can't be reached.</exception>
    public async Task ReadAsync(RegistryService.RegistryServiceClient registry, string agency, string list, CancellationToken cancel)
    {
        var request = new ListListingsRequest { ListCode = list, PageSize = PageSize };
        do
        {
            ListListingsResponse page;
            try
            {
                page = await registry.ListListingsAsync(request, cancellationToken: cancel);
            }
            catch (RpcException refused) when (HubError.From(refused)?.Reason is "LIST_UNKNOWN")
            {
                return;
            }

            foreach (var listing in page.Listings)
            {
                // Others publish on the same list too; what is theirs is not this agency's to compare.
                if (listing.Origin?.Agency == agency && listing.Subject is not null)
                {
                    // Neither is compared, and of 100,000 listings they are half the memory.
                    listing.Effects = null;
                    listing.AppliedMeasures.Clear();
                    Put(listing);
                }
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }
}
