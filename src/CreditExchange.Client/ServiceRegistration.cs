using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Client;

/// <summary>Puts the client into a program's services.</summary>
public static class ServiceRegistration
{
    /// <summary>
    /// Registers one <see cref="CreditExchangeChannel"/> for the whole program, closed with it, and its typed clients
    /// (<c>LookupService.LookupServiceClient</c> and so on).
    /// </summary>
    /// <param name="services">The program's.</param>
    /// <param name="options">Makes the options when the channel is first asked for.</param>
    public static IServiceCollection AddCreditExchangeClient(
        this IServiceCollection services, Func<IServiceProvider, CreditExchangeOptions> options)
    {
        services.AddSingleton(provider => new CreditExchangeChannel(options(provider)));
        services.AddSingleton(static provider => provider.GetRequiredService<CreditExchangeChannel>().Registry);
        services.AddSingleton(static provider => provider.GetRequiredService<CreditExchangeChannel>().Lookup);
        services.AddSingleton(static provider => provider.GetRequiredService<CreditExchangeChannel>().Updates);
        services.AddSingleton(static provider => provider.GetRequiredService<CreditExchangeChannel>().Catalogue);
        return services;
    }
}
