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
                PublishListingRequest publish => (await channel.Registry.PublishListingAsync(publish, cancellationToken: cancel)).Listing,
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

    private static async Task<Listing?> LinkAsync(CreditExchangeChannel channel, LinkSubjectsRequest request, CancellationToken cancel)
    {
        await channel.Registry.LinkSubjectsAsync(request, cancellationToken: cancel);
        return null;
    }
}
