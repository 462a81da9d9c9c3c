using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Client.Streams.Following;

/// <summary>Takes the keys of sealed content from the hub. Every key that it gives is a record of the access log.</summary>
/// <param name="hub">The hub, with a token of the stream's agency.</param>
/// <param name="audience">Whose stream; empty: the caller's own.</param>
public sealed class HubContentKeys(ListUpdateService.ListUpdateServiceClient hub, string audience = "") : IContentKeySource
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    /// <exception cref="RpcException">The hub refuses the call: a right is missing, or the stream is another's.</exception>
    public async ValueTask<IReadOnlyList<byte[]?>> GetAsync(IReadOnlyList<string> listingIds, CancellationToken cancellation)
    {
        var request = new GetContentKeysRequest { Audience = audience };
        request.ListingIds.Add(listingIds);
        GetContentKeysResponse response;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            response = await hub.GetContentKeysAsync(request, cancellationToken: limit.Token);
        }
        catch (RpcException failure) when (!cancellation.IsCancellationRequested && MayPass(failure))
        {
            throw new ContentKeysUnavailableException($"the hub gave no keys: {failure.StatusCode} {failure.Status.Detail}", failure);
        }

        if (response.Keys.Count != listingIds.Count)
        {
            throw new InvalidDataException($"The hub was asked for {listingIds.Count} keys and answered {response.Keys.Count}.");
        }

        var keys = new byte[]?[listingIds.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            var item = response.Keys[i];
            if (item.ListingId != listingIds[i])
            {
                throw new InvalidDataException("The hub answered keys in another order than it was asked for them.");
            }

            keys[i] = item.ResultCase == ContentKey.ResultOneofCase.Key ? item.Key.ToByteArray() : Refused(item);
        }

        return keys;
    }

    // Only a word about the listing itself closes its content; anything else may be mended.
    private static byte[]? Refused(ContentKey item) => (item.Error is { } error ? HubError.From(error).Reason : "") switch
    {
        "CONTENT_KEY_ENDED" or "LISTING_NOT_FOUND" => null,
        var reason => throw new ContentKeysUnavailableException($"the hub gave no key for a listing: {reason}"),
    };

    private static bool MayPass(RpcException failure) =>
        failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Aborted
            or StatusCode.ResourceExhausted or StatusCode.Internal or StatusCode.Unknown
        || HubError.From(failure)?.Reason == "TOKEN_EXPIRED";
}
