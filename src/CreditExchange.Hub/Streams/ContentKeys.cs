using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Listings;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Errors;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.Streams;

/// <summary>
/// Gives an audience the keys of its sealed content while the listings last. Each is written down before it leaves: whoever has the
/// key can read what lies in the topic.
/// </summary>
public sealed class ContentKeys(StreamLookup streams, ILedger ledger, LookupView view, ListingIds ids, AccessRecords records)
{
    private const int Most = 1_000;

    /// <summary>The keys, in the order of the request.</summary>
    /// <exception cref="RuleViolation">STREAM_UNKNOWN, or BATCH_SIZE for none or more than 1,000.</exception>
    public GetContentKeysResponse Get(GetContentKeysRequest request, Caller caller, CallTrace trace, Language language)
    {
        var audience = streams.Of(request.Audience, caller, mayLook: false).Audience;
        if (request.ListingIds.Count is 0 or > Most)
        {
            throw new RuleViolation(ErrorReason.BatchSize, "listing_ids", ("size", $"{request.ListingIds.Count}"), ("limit", $"{Most}"));
        }

        var response = new GetContentKeysResponse();
        var given = new List<string>();
        foreach (var id in request.ListingIds)
        {
            var item = new ContentKey { ListingId = id };
            try
            {
                item.Key = UnsafeByteOperations.UnsafeWrap(KeyOf(id, audience.Name));
                given.Add(id);
            }
            catch (RuleViolation violation)
            {
                item.Error = ErrorStatus.Create(violation, language, trace.RequestId);
            }

            response.Keys.Add(item);
        }

        if (given.Count > 0)
        {
            records.Delivered(trace, 1, ledger.Head, given);
        }

        return response;
    }

    private byte[] KeyOf(string id, string audience)
    {
        if (ids.Parse(id) is not { } entity)
        {
            throw new RuleViolation(ErrorReason.ListingNotFound, "listing_ids");
        }

        if (ledger.ErasedAt(entity) is not null)
        {
            throw new RuleViolation(ErrorReason.ContentKeyEnded, "listing_ids");
        }

        if (ledger.Last(entity) is not { } last || ledger.OpenPart(last).Listing is not { } listing)
        {
            throw new RuleViolation(ErrorReason.ListingNotFound, "listing_ids");
        }

        // The view may know more than the store's row that was read a moment ago, never less than what was acknowledged before the call.
        if (ListingStateMachine.IsFinal(view.StateOf(entity) ?? listing.State) || ListingStateMachine.IsFinal(listing.State))
        {
            throw new RuleViolation(ErrorReason.ContentKeyEnded, "listing_ids");
        }

        // Nothing of it is sealed.
        return ledger.ContentKey(entity, audience) ?? throw new RuleViolation(ErrorReason.ListingNotFound, "listing_ids");
    }
}
