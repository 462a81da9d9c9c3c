using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.RateLimiting;
using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Hub.Access;

/// <summary>How often an agency may call. Section "RateLimits".</summary>
public sealed class RateLimitOptions
{
    /// <summary>Calls a second that each agency may make; items of batches and messages of streams count as calls. 0: no limit.</summary>
    /// <value>The default is 0. Allowed: 0 to 1000000.</value>
    public int PerSecond { get; set; }

    /// <summary>Calls that an agency may make at once when it has been quiet; 0: one second's.</summary>
    /// <value>The default is 0. Allowed: 0 to 10000000.</value>
    public int Burst { get; set; }

    /// <summary>Agencies with another limit, "agency=calls a second" separated by commas; 0: none.</summary>
    public string Agencies { get; set; } = "";

    /// <summary>Reads <see cref="Agencies"/>.</summary>
    /// <param name="fault">The first part that is none.</param>
    public Dictionary<string, int> ReadAgencies(out string? fault)
    {
        fault = null;
        var limits = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var part in Agencies.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = part.Split('=', StringSplitOptions.TrimEntries);
            if (words.Length == 2 && words[0].Length > 0
                && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit <= 1_000_000)
            {
                limits[words[0]] = limit;
            }
            else
            {
                fault ??= part;
            }
        }

        return limits;
    }
}

/// <summary>Bounds how often each agency calls, by a bucket of tokens per agency.</summary>
public sealed class AgencyRates(RateLimitOptions options) : IDisposable
{
    private readonly Dictionary<string, int> limits = options.ReadAgencies(out _);

    // Agencies that the ledger knows: a caller can't make one up.
    private readonly ConcurrentDictionary<string, Bucket> buckets = new(StringComparer.Ordinal);

    /// <summary>Takes calls from an agency's bucket.</summary>
    /// <param name="agencyId">A proved agency.</param>
    /// <param name="count">How many; more than the bucket holds count as all that it holds.</param>
    /// <exception cref="RuleViolation">RATE_LIMIT.</exception>
    public void Require(string agencyId, int count = 1)
    {
        if (LimitOf(agencyId) is not (> 0 and var limit) || count <= 0)
        {
            return;
        }

        var bucket = BucketOf(agencyId, limit);
        using var lease = bucket.Limiter.AttemptAcquire(Math.Min(count, bucket.Size));
        if (!lease.IsAcquired)
        {
            throw new RuleViolation(ErrorReason.RateLimit, "", ("limit", $"{limit}"))
            {
                RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.Zero ? wait : TimeSpan.FromSeconds(1),
            };
        }
    }

    /// <summary>Waits until the agency may make one more call: for streams that flow control holds back anyway.</summary>
    /// <param name="agencyId">A proved agency.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async ValueTask WaitAsync(string agencyId, CancellationToken cancellation)
    {
        if (LimitOf(agencyId) is > 0 and var limit)
        {
            using var lease = await BucketOf(agencyId, limit).Limiter.AcquireAsync(1, cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var bucket in buckets.Values)
        {
            bucket.Limiter.Dispose();
        }
    }

    private int LimitOf(string agencyId) => limits.Count == 0 ? options.PerSecond : limits.GetValueOrDefault(agencyId, options.PerSecond);

    private Bucket BucketOf(string agencyId, int limit) => buckets.TryGetValue(agencyId, out var known)
        ? known
        : buckets.GetOrAdd(agencyId, static (_, of) => Bucket.Of(of.Limit, of.Burst), (Limit: limit, options.Burst));

    private sealed record Bucket(TokenBucketRateLimiter Limiter, int Size)
    {
        public static Bucket Of(int limit, int burst)
        {
            var size = burst > 0 ? burst : limit;
            return new Bucket(
                new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
                {
                    TokenLimit = size,
                    TokensPerPeriod = limit,
                    ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                    AutoReplenishment = true,
                    // An import that waits must not keep the agency's single calls out.
                    QueueProcessingOrder = QueueProcessingOrder.NewestFirst,
                    QueueLimit = int.MaxValue,
                }),
                size);
        }
    }
}
