using StackExchange.Redis;

namespace CreditExchange.Lookup.Redis;

/// <summary>How the hub connects to Redis: what the string says, and what a tier that may be absent needs.</summary>
public static class TierConnection
{
    /// <summary>Reads a StackExchange.Redis string: servers, user and password, ssl, and all else that it knows.</summary>
    /// <exception cref="ArgumentException">The string has a fault.</exception>
    public static ConfigurationOptions Options(string configuration)
    {
        var options = ConfigurationOptions.Parse(configuration);
        // The hub starts and goes on without Redis; a call that can't be sent now isn't worth keeping.
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(500);
        options.SocketManager = SocketManager.ThreadPool;
        options.ClientName ??= "creditexchange";
        options.AsyncTimeout = Math.Min(options.AsyncTimeout, 2_000);
        options.SyncTimeout = Math.Min(options.SyncTimeout, 2_000);
        options.ConnectTimeout = Math.Min(options.ConnectTimeout, 2_000);
        return options;
    }
}
