namespace CreditExchange.Hub.Access;

/// <summary>How tokens are checked. Section "Auth".</summary>
public sealed class AccessOptions
{
    /// <summary>Who issues tokens.</summary>
    /// <value>The default is "creditexchange".</value>
    public string Issuer { get; set; } = "creditexchange";

    /// <summary>For whom they are issued.</summary>
    /// <value>The default is "creditexchange-hub".</value>
    public string Audience { get; set; } = "creditexchange-hub";

    /// <summary>File or https URL of the issuer's JWKS; empty: the hub's own key in Development.</summary>
    public string Jwks { get; set; } = "";

    /// <summary>How often the JWKS is read again.</summary>
    /// <value>The default is 5 minutes for a URL; a file is looked at every second.</value>
    public TimeSpan JwksRefresh { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest lifetime of a token outside Development.</summary>
    /// <value>The default, and the most allowed by the contract, is 1 hour.</value>
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>PEM file of a private key with which the hub issues tokens itself; empty: it issues none outside Development.</summary>
    public string SigningKey { get; set; } = "";

    /// <summary>How far clocks may differ.</summary>
    /// <value>The default is 0: a token ends when it says.</value>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.Zero;
}
