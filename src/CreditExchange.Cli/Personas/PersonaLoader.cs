using CreditExchange.Client;
using CreditExchange.Domain.Samples;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Cli.Personas;

/// <summary>What one step of a persona came to.</summary>
/// <param name="Listing">As it stands after the step; null: the step made none.</param>
/// <param name="Refused">The reason of the refusal that belongs to the persona; empty: none.</param>
internal readonly record struct PersonaOutcome(Listing? Listing, string Refused);

/// <summary>Makes personas at a hub. The request ids are fixed: a second run gets the first run's answers.</summary>
internal static class PersonaLoader
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private const int MostLooks = 100;

    /// <summary>One step.</summary>
    /// <exception cref="RpcException">The hub refused what it must accept, or for another reason than it must.</exception>
    /// <exception cref="InvalidOperationException">The hub accepted what it must refuse.</exception>
    public static async Task<PersonaOutcome> RunAsync(CreditExchangeChannel channel, PersonaStep step, CancellationToken cancel)
    {
        Listing? listing;
        try
        {
            listing = step.Request switch
            {
                PublishListingRequest publish => await PublishAsync(channel, publish, cancel),
                SuspendListingRequest suspend => (await channel.Registry.SuspendListingAsync(suspend, cancellationToken: cancel)).Listing,
                EndListingRequest end => (await channel.Registry.EndListingAsync(end, cancellationToken: cancel)).Listing,
                LinkSubjectsRequest link => await LinkAsync(channel, link, cancel),
                _ => throw new InvalidOperationException("A step of personas.json is no write that is known."),
            };
        }
        catch (RpcException failure) when (step.Refused.Length > 0 && HubError.From(failure)?.Reason == step.Refused)
        {
            return new PersonaOutcome(null, step.Refused);
        }

        return step.Refused.Length == 0
            ? new PersonaOutcome(listing, "")
            : throw new InvalidOperationException($"The hub accepted what it must refuse with {step.Refused}.");
    }

    private static async Task<Listing> PublishAsync(CreditExchangeChannel channel, PublishListingRequest request, CancellationToken cancel)
    {
        var listing = (await channel.Registry.PublishListingAsync(request, cancellationToken: cancel)).Listing;
        // The hub's clock ends a term that is over already; that takes it a moment.
        for (var look = 0; look < MostLooks && listing.State == ListingState.Active && IsOver(listing); look++)
        {
            await Task.Delay(Look, cancel);
            listing = (await channel.Registry.GetListingAsync(new GetListingRequest { ListingId = listing.ListingId }, cancellationToken: cancel)).Listing;
        }

        return listing;
    }

    private static bool IsOver(Listing listing) =>
        listing.EffectiveUntil is { } until && until.ToDateTimeOffset() <= TimeProvider.System.GetUtcNow();

    private static async Task<Listing?> LinkAsync(CreditExchangeChannel channel, LinkSubjectsRequest request, CancellationToken cancel)
    {
        await channel.Registry.LinkSubjectsAsync(request, cancellationToken: cancel);
        return null;
    }
}
