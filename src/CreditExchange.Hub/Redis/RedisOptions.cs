namespace CreditExchange.Hub.Redis;

/// <summary>The tier in Redis. Section "Redis".</summary>
public sealed class RedisOptions
{
    /// <summary>A StackExchange.Redis string: servers, user, password, ssl; empty: no Redis.</summary>
    public string Configuration { get; set; } = "";
}
