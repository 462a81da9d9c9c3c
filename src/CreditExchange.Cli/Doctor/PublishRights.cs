using CreditExchange.Client;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Cli.Doctor;

/// <summary>Finds out on which lists an agency may publish.</summary>
internal static class PublishRights
{
    /// <summary>
    /// Asks by a publication that can't be one: it has a list and nothing else. The hub judges the right before the content, so it
    /// is refused either way and nothing is written; the reason tells.
    /// </summary>
    /// <exception cref="RpcException">The hub refuses the caller as such, or can't be reached.</exception>
    public static async Task<bool> MayAsync(
        RegistryService.RegistryServiceClient registry, string list, string requestId, CancellationToken cancel)
    {
        try
        {
            await registry.PublishListingAsync(
                new PublishListingRequest { RequestId = requestId, Listing = new Listing { ListCode = list } }, cancellationToken: cancel);
            throw new InvalidOperationException("The hub took a listing without a subject.");
        }
        catch (RpcException refused) when (HubError.From(refused)?.Reason is "LIST_NOT_PERMITTED")
        {
            return false;
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.InvalidArgument)
        {
            return true;
        }
    }
}
