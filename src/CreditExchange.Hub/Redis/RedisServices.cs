using CreditExchange.Ledger;
using CreditExchange.Lookup.Redis;

namespace CreditExchange.Hub.Redis;

/// <summary>Puts the tier's parts in, where one is configured.</summary>
public static class RedisServices
{
    /// <summary>The tier itself, for every node.</summary>
    public static void AddTier(IServiceCollection services, RedisOptions options)
    {
        services.AddSingleton<RedisGauges>();
        services.AddSingleton(p => new TierKeys(p.GetRequiredService<ILedger>().LedgerId));
        services.AddSingleton(p => new SealedDetails(p.GetRequiredService<ILedger>().Keys, p.GetRequiredService<TierKeys>()));
        if (options.Configuration.Length > 0)
        {
            services.AddSingleton(p => new RedisTier(
                options.Configuration,
                p.GetRequiredService<TierKeys>(),
                p.GetRequiredService<SealedDetails>(),
                p.GetRequiredService<TimeProvider>(),
                p.GetRequiredService<ILogger<RedisTier>>()));
        }
    }

    /// <summary>What writes it, for a full node.</summary>
    public static void AddProjection(IServiceCollection services, RedisOptions options)
    {
        if (options.Configuration.Length > 0)
        {
            services.AddSingleton<TierProjection>();
            services.AddHostedService<TierWriting>();
        }
    }

    private sealed class TierWriting(TierProjection projection) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            // Long work between awaits; not on the thread that starts the host.
            await Task.Yield();
            await projection.RunAsync(stoppingToken);
        }
    }
}
