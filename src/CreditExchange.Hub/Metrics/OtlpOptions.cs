namespace CreditExchange.Hub.Metrics;

/// <summary>Where metrics are sent to by themselves, beside being read at /metrics. Section "Otlp".</summary>
public sealed class OtlpOptions
{
    /// <summary>URL of a collector that takes OTLP over HTTP with Protobuf, its path included; empty: nothing is sent.</summary>
    /// <value>The default is empty. Usually http://HOST:4318/v1/metrics.</value>
    public string Endpoint { get; set; } = "";

    /// <summary>How often.</summary>
    /// <value>The default is a minute. Allowed: a second to an hour.</value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Faults of these options, one a sentence.</summary>
    internal IEnumerable<string> Faults()
    {
        if (Endpoint.Length > 0 && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
        {
            yield return $"Otlp:Endpoint is '{Endpoint}'; allowed: an http or https URL.";
        }

        if (Interval < TimeSpan.FromSeconds(1) || Interval > TimeSpan.FromHours(1))
        {
            yield return $"Otlp:Interval is {Interval}; allowed: 00:00:01 to 01:00:00.";
        }
    }
}
