using CreditExchange.Domain.Recognition;
using CreditExchange.Hub.Hosting;
using CreditExchange.Hub.Lookup;
using CreditExchange.Hub.Registry;
using CreditExchange.Hub.Standard;
using CreditExchange.Ledger;
using CreditExchange.Lookup.Edge;
using CreditExchange.Lookup.Effects;
using CreditExchange.Lookup.Redis;

namespace CreditExchange.Hub.Edge;

/// <summary>What an edge node is made of, instead of the ledger and its views.</summary>
public static class EdgeServices
{
    /// <summary>Adds the parts.</summary>
    public static void Add(IServiceCollection services, HubOptions options)
    {
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(10));
        services.AddSingleton<EdgeView>();
        services.AddSingleton<EffectCodes>();
        services.AddSingleton<ILedger, EdgeLedger>();
        services.AddSingleton(p => new Upstream(options.Lookup, 64 << 20, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EdgeProgress>();
        services.AddSingleton<IViewProgress>(p => p.GetRequiredService<EdgeProgress>());
        services.AddSingleton<UpstreamFollower>();
        services.AddHostedService(p => p.GetRequiredService<UpstreamFollower>());
        services.AddSingleton(p => new EdgeReader(
            p.GetRequiredService<EdgeView>(),
            p.GetRequiredService<EffectCodes>(),
            p.GetRequiredService<SealedDetails>(),
            p.GetService<RedisTier>(),
            p.GetRequiredService<Upstream>()));
        services.AddSingleton<Freshness>();
        services.AddSingleton<EdgePartnerAges>();
        services.AddSingleton<IPartnerAges>(p => p.GetRequiredService<EdgePartnerAges>());
        services.AddSingleton<MatterPolicies>();
        services.AddSingleton<ListingIds>();
        services.AddSingleton<HitParts>();
        services.AddSingleton<SubjectChecks, EdgeChecks>();
        services.AddSingleton<LookupService>();
        services.AddSingleton<HealthService>();
        services.AddSingleton<ReflectionService>();
        services.AddSingleton<ReflectionV1AlphaService>();
        services.AddSingleton<INodeHealth, EdgeHealth>();
    }

    private sealed class EdgeHealth(EdgeView view, TimeProvider time) : INodeHealth
    {
        public string? Fault() => view.HasState
            ? time.GetUtcNow() - view.FreshAt > Readiness.MostLag ? "the upstream doesn't answer: see the log" : null
            : "the upstream's state is being read";
    }
}
