using System.Security.Cryptography;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Client.Streams.Following;

/// <summary>Opens sealed content with the source's keys. Used by one task.</summary>
internal sealed class ContentOpening(IContentKeySource? source, Action<string> interrupted, TimeProvider time) : IDisposable
{
    // Some 10 MB with their ids.
    private const int MostKept = 50_000;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private readonly ContentKeyCache cache = new(MostKept);
    // Of the records at hand; null: ended.
    private readonly Dictionary<string, byte[]?> current = [];
    private readonly List<string> wanted = [];

    /// <summary>Gets what is needed to open records; waits as long as the source can't be asked.</summary>
    public async ValueTask PrepareAsync(IReadOnlyList<ParsedRecord> records, CancellationToken cancellation)
    {
        Wipe();
        if (source is null)
        {
            return;
        }

        wanted.Clear();
        for (var i = 0; i < records.Count; i++)
        {
            if (records[i] is { Poison: PoisonReason.None, Event: { BodyCase: LedgerEvent.BodyOneofCase.SealedListing, SealedListing.ListingId: var id } }
                && current.TryAdd(id, null))
            {
                if (cache.Find(id) is { } key)
                {
                    // A copy of its own: the cache wipes what it drops.
                    current[id] = [.. key];
                }
                else
                {
                    wanted.Add(id);
                }
            }
        }

        for (var from = 0; from < wanted.Count; from += IContentKeySource.Most)
        {
            await AskAsync(wanted.GetRange(from, Math.Min(IContentKeySource.Most, wanted.Count - from)), cancellation);
        }
    }

    /// <summary>Puts the content into an event, or says that it ended.</summary>
    /// <returns>False: it can't be opened with the key that was given.</returns>
    public bool Open(LedgerEvent told, string ledgerId)
    {
        if (told.BodyCase == LedgerEvent.BodyOneofCase.SealedListing && source is not null)
        {
            var sealedListing = told.SealedListing;
            if (current.GetValueOrDefault(sealedListing.ListingId) is not { } key)
            {
                told.Listing = new Listing
                {
                    ListingId = sealedListing.ListingId,
                    Revision = sealedListing.Revision,
                    SubjectToken = sealedListing.SubjectToken,
                };
                told.Redaction = Redaction.Ended;
                return true;
            }

            try
            {
                SealedContent.OpenInto(told, ledgerId, key);
            }
            catch (Exception fault) when (fault is CryptographicException or InvalidProtocolBufferException)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Drops the key of a listing that an event ended.</summary>
    public void ForgetEnded(LedgerEvent told)
    {
        if (told.BodyCase == LedgerEvent.BodyOneofCase.Erasure)
        {
            cache.Forget(told.Erasure.ListingId);
        }
        else if (told.BodyCase == LedgerEvent.BodyOneofCase.Listing && (told.Redaction == Redaction.Ended || IsFinal(told.Listing.State)))
        {
            cache.Forget(told.Listing.ListingId);
        }
    }

    public void Dispose()
    {
        cache.Dispose();
        Wipe();
    }

    private void Wipe()
    {
        foreach (var key in current.Values)
        {
            CryptographicOperations.ZeroMemory(key);
        }

        current.Clear();
    }

    private async ValueTask AskAsync(List<string> ids, CancellationToken cancellation)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var keys = await source!.GetAsync(ids, cancellation);
                for (var i = 0; i < ids.Count; i++)
                {
                    if (keys[i] is { } key)
                    {
                        current[ids[i]] = [.. key];
                        cache.Keep(ids[i], [.. key]);
                    }
                }

                return;
            }
            catch (ContentKeysUnavailableException fault)
            {
                interrupted($"keys of sealed content: {fault.Message}; again in {pause.TotalSeconds:0.#} s");
            }

            await Task.Delay(pause, time, cancellation);
        }
    }

    private static bool IsFinal(ListingState state) =>
        state is ListingState.Ended or ListingState.Repaired or ListingState.Withdrawn or ListingState.Expired;
}
