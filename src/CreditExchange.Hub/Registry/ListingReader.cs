using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Masks;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Lookup;
using CreditExchange.Hub.Views;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.Registry;

/// <summary>Reads listings from the store, as the caller may see them.</summary>
public sealed class ListingReader(
    ILedger ledger, ListingWriter listings, LookupView view, SubjectTokens tokens, RequestKeys keys, Freshness freshness, TimeProvider time)
{
    private const int DefaultPage = 100;
    private const int LargestPage = 1_000;

    // A page of a rare list must not read the whole store in one call; the caller gets a shorter page and goes on.
    private const int MostRowsRead = 20_000;

    /// <summary>The listing after an event, as its publisher sees it: the same bytes for the same event.</summary>
    public Listing AsPublisher(StoredEvent stored)
    {
        if (ledger.ErasedAt(stored.Entity) is { } erasedAt)
        {
            // A retry of what was answered once; the answer is gone with the listing.
            throw new RuleViolation(ErrorReason.ListingErased, "", ("position", $"{erasedAt}"));
        }

        var whole = ledger.Open(stored).Listing;
        var publisher = new Viewer(whole.Origin.Agency, RecipientKind.Agency);
        return view.Masks.Apply(whole, publisher, tokens.For(publisher.AgencyId))
            ?? throw new InvalidOperationException("The catalogue's mask hides a listing from its publisher.");
    }

    /// <summary>One listing.</summary>
    /// <exception cref="RuleViolation">LISTING_NOT_FOUND, also for one that the caller may not see.</exception>
    public Task<Listing> GetAsync(GetListingRequest request, Caller caller, DateTime deadline, CancellationToken cancellation)
    {
        // The store is asked, so any position up to its head is reflected.
        freshness.CheckLedger(request.LedgerId, request.MinPosition);
        cancellation.ThrowIfCancellationRequested();
        var target = new ListingTarget(request.ListingId, request.ListCode, request.SourceRef, request.Subject);
        var (_, last) = listings.Find(caller.Agency, target);
        var listing = ledger.Open(last).Listing;
        return Task.FromResult(
            view.Masks.Apply(listing, caller.Viewer, tokens.For(caller.AgencyId))
            ?? throw new RuleViolation(ErrorReason.ListingNotFound, "listing_id"));
    }

    /// <summary>A page of listings in order of creation.</summary>
    /// <exception cref="RuleViolation">PAGE_TOKEN_INVALID, LIST_UNKNOWN or a fault of the subject.</exception>
    public ListListingsResponse List(ListListingsRequest request, Caller caller, CancellationToken cancellation)
    {
        if (request.ListCode.Length > 0 && !view.Catalogue.KnowsList(request.ListCode))
        {
            throw new RuleViolation(ErrorReason.ListUnknown, "list_code", ("list_code", RequestFields.Quote(request.ListCode)));
        }

        var size = request.PageSize switch
        {
            0 => DefaultPage,
            < 0 => throw new RuleViolation(ErrorReason.EnumInvalid, "page_size", ("value", $"{request.PageSize}")),
            _ => Math.Min(request.PageSize, LargestPage),
        };
        var binding = Binding(request, caller);
        var after = request.PageToken.Length == 0 ? 0 : PageTokens.Read(request.PageToken, binding, "page_token");
        var response = new ListListingsResponse { LedgerId = ledger.LedgerId };
        foreach (var entity in Candidates(request, after))
        {
            cancellation.ThrowIfCancellationRequested();
            after = entity.Entity;
            if (entity.Event is { } stored && Visible(request, stored, caller) is { } listing)
            {
                response.Listings.Add(listing);
            }

            if (response.Listings.Count == size || entity.IsLastOfBudget)
            {
                response.NextPageToken = PageTokens.Write(after, binding);
                break;
            }
        }

        return response;
    }

    private IEnumerable<Candidate> Candidates(ListListingsRequest request, long after)
    {
        if (request.Subject is not null)
        {
            var subject = SubjectIds.Normalise(request.Subject, "subject", LegalDay.Of(time.GetUtcNow()));
            foreach (var entity in view.EntitiesOf(subject, ledger.Keys).Where(e => e > after))
            {
                yield return new Candidate(entity, ledger.Last(entity), IsLastOfBudget: false);
            }

            yield break;
        }

        var read = 0;
        while (ledger.ReadState(after, LargestPage) is { Count: > 0 } page)
        {
            foreach (var row in page)
            {
                after = row.Entity;
                yield return new Candidate(
                    row.Entity, row.State == ListingState.Unspecified ? null : row.Event, IsLastOfBudget: ++read >= MostRowsRead);
            }
        }
    }

    private Listing? Visible(ListListingsRequest request, StoredEvent stored, Caller caller)
    {
        var open = ledger.OpenPart(stored).Listing;
        if (open is null || stored.IsErased
            || (request.ListCode.Length > 0 && open.ListCode != request.ListCode)
            || (request.States.Count > 0 && !request.States.Contains(open.State)))
        {
            return null;
        }

        return view.Masks.Apply(ledger.Open(stored).Listing, caller.Viewer, tokens.For(caller.AgencyId));
    }

    // What a page token is good for: this caller and this filter, and nothing else.
    private ulong Binding(ListListingsRequest request, Caller caller)
    {
        var filter = request.Clone();
        filter.PageToken = "";
        filter.PageSize = 0;
        return PageTokens.Binding(keys, caller.AgencyId, "ListListings", filter);
    }

    private readonly record struct Candidate(long Entity, StoredEvent? Event, bool IsLastOfBudget);
}
