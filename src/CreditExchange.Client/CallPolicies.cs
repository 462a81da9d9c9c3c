using Grpc.Core;
using Grpc.Net.Client.Configuration;

namespace CreditExchange.Client;

/// <summary>
/// What is sent a second time. Checks are hedged: one replica that stalls must not hold up a queue at a till. Writes and reads are
/// retried when the hub says UNAVAILABLE; a write's request id makes that safe. Streams never: who follows or imports resumes
/// at a position that only the caller knows (<see cref="UpdateFollower"/>, <see cref="ImportSession"/>).
/// </summary>
internal static class CallPolicies
{
    private const string Package = "creditexchange.v1.";

    private static readonly (string Service, string[] Methods)[] Retried =
    [
        ("RegistryService",
        [
            "PublishListing", "AmendListing", "SuspendListing", "ReinstateListing", "WithdrawListing", "EndListing", "GetListing",
            "ListListings", "LinkSubjects", "UnlinkSubjects",
        ]),
        ("LookupService", ["BatchCheckSubjects"]),
        ("CatalogueService", ["ListListKinds", "ListMeasures", "ListMatters", "GetCatalogue"]),
    ];

    /// <summary>The configuration of a channel; null: everything is sent once.</summary>
    public static ServiceConfig? Of(CreditExchangeOptions options)
    {
        if (options.Attempts <= 1)
        {
            return null;
        }

        // While most calls fail nothing is sent twice: a hub in trouble gets no storm on top.
        var config = new ServiceConfig { RetryThrottling = new RetryThrottlingPolicy { MaxTokens = 20, TokenRatio = 0.2 } };
        var checks = new MethodConfig
        {
            HedgingPolicy = new HedgingPolicy
            {
                MaxAttempts = options.Attempts,
                HedgingDelay = options.HedgingDelay,
                NonFatalStatusCodes = { StatusCode.Unavailable },
            },
        };
        checks.Names.Add(Name("LookupService", "CheckSubject"));
        config.MethodConfigs.Add(checks);
        var retried = new MethodConfig
        {
            RetryPolicy = new RetryPolicy
            {
                MaxAttempts = options.Attempts,
                InitialBackoff = TimeSpan.FromMilliseconds(100),
                MaxBackoff = TimeSpan.FromSeconds(1),
                BackoffMultiplier = 2,
                RetryableStatusCodes = { StatusCode.Unavailable },
            },
        };
        foreach (var (service, methods) in Retried)
        {
            foreach (var method in methods)
            {
                retried.Names.Add(Name(service, method));
            }
        }

        config.MethodConfigs.Add(retried);
        return config;
    }

    private static MethodName Name(string service, string method) => new() { Service = Package + service, Method = method };
}
