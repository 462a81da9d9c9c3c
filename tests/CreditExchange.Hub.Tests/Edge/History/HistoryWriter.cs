using CreditExchange.Hub.Tests.Faults;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Tests.Edge.History;

/// <summary>Publishes, amends, pauses, reinstates, ends and withdraws listings of its own, of subjects that other writers list too.</summary>
internal sealed class HistoryWriter(RegistryService.RegistryServiceClient registry, string name, int seed, IReadOnlyList<SubjectId> subjects)
{
    private const int MostListings = 8;
    private readonly Random random = new(seed);
    private readonly List<Listing> live = [];
    private int next;

    /// <summary>All that was answered.</summary>
    public List<Acknowledged> Acknowledged { get; } = [];

    /// <summary>One random write; returns when it is answered.</summary>
    public async Task WriteAsync()
    {
        var id = $"{name}-{next++}";
        var place = random.Next(MostListings);
        if (place >= live.Count)
        {
            live.Add(Keep(await PublishAsync(id)));
            return;
        }

        var old = live[place];
        var changed = Keep(random.Next(10) switch
        {
            < 4 => await AmendAsync(id, old),
            < 7 when old.State == ListingState.Suspended => (await registry.ReinstateListingAsync(new ReinstateListingRequest
            {
                RequestId = id,
                ListingId = old.ListingId,
                ExpectedRevision = old.Revision,
                Reason = "复议终结",
            })).Listing,
            < 7 => (await registry.SuspendListingAsync(new SuspendListingRequest
            {
                RequestId = id,
                ListingId = old.ListingId,
                ExpectedRevision = old.Revision,
                Reason = "复议期间中止",
            })).Listing,
            7 => (await registry.WithdrawListingAsync(new WithdrawListingRequest
            {
                RequestId = id,
                ListingId = old.ListingId,
                ExpectedRevision = old.Revision,
                Reason = "认定有误",
            })).Listing,
            _ => (await registry.EndListingAsync(Writes.End(id, old.ListingId, old.Revision))).Listing,
        });
        if (changed.State is ListingState.Active or ListingState.Suspended)
        {
            live[place] = changed;
        }
        else
        {
            live.RemoveAt(place);
        }
    }

    private async Task<Listing> PublishAsync(string id)
    {
        var subject = subjects[random.Next(subjects.Count)];
        var listing = TestListings.Create(Writes.CourtList, subject, id);
        Vary(listing, subject);
        return (await registry.PublishListingAsync(new PublishListingRequest { RequestId = id, Listing = listing })).Listing;
    }

    private async Task<Listing> AmendAsync(string id, Listing old)
    {
        var content = new Listing();
        Vary(content, old.Subject);
        return (await registry.AmendListingAsync(new AmendListingRequest
        {
            RequestId = id,
            ListingId = old.ListingId,
            ExpectedRevision = old.Revision,
            Reason = "更正",
            Listing = content,
            UpdateMask = FieldMask.FromString("other_ids,effective_until"),
        })).Listing;
    }

    // Whom it names beside its subject, and until when: both are seen by a check.
    private void Vary(Listing listing, SubjectId subject)
    {
        listing.EffectiveUntil = Timestamp.FromDateTimeOffset(
            TimeProvider.System.GetUtcNow().AddDays(30).AddSeconds(random.Next(1_000_000)));
        if (random.Next(2) == 0)
        {
            var same = subjects.Where(s => s.Kind == subject.Kind && s.Number != subject.Number).ToArray();
            listing.OtherIds.Add(same[random.Next(same.Length)]);
        }
    }

    private Listing Keep(Listing answered)
    {
        Acknowledged.Add(new Acknowledged(answered.ListingId, answered.Position, answered.State, TimeProvider.System.GetUtcNow()));
        return answered;
    }
}
