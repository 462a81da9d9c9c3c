using System.Diagnostics.Metrics;
using CreditExchange.Hub.Metrics;
using CreditExchange.Lookup.Redis;

namespace CreditExchange.Hub.Redis;

/// <summary>What the tier does; zeros where none is configured.</summary>
public sealed class RedisGauges
{
    /// <summary>Makes the instruments.</summary>
    public RedisGauges(IMeterFactory meters, IServiceProvider services)
    {
        var tier = services.GetService<RedisTier>();
        var projection = services.GetService<TierProjection>();
        var meter = meters.Create(CallMetrics.MeterName);
        meter.CreateObservableCounter("creditexchange.redis.hits", () => tier?.Counts.Hits ?? 0, description: "Subjects read from Redis.");
        meter.CreateObservableCounter(
            "creditexchange.redis.misses", () => tier?.Counts.Misses ?? 0, description: "Subjects that Redis lacked, or had too old.");
        meter.CreateObservableCounter("creditexchange.redis.errors", () => tier?.Counts.Errors ?? 0, description: "Calls that failed or took too long.");
        meter.CreateObservableCounter("creditexchange.redis.writes", () => tier?.Counts.Writes ?? 0, description: "Subjects written to Redis.");
        meter.CreateObservableCounter(
            "creditexchange.redis.restarts", () => tier?.Counts.Restarts ?? 0, description: "Buckets that began anew, of 256.");
        meter.CreateObservableGauge("creditexchange.redis.position", () => projection?.Written ?? 0, description: "Position that Redis reflects.");
        meter.CreateObservableGauge(
            "creditexchange.redis.lag", () => projection?.Lag?.TotalSeconds ?? 0, "s", "How far Redis is behind the view of this node.");
    }
}
