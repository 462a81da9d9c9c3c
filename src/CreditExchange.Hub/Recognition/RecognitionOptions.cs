using CreditExchange.Hub.Recognition.Exchange;

namespace CreditExchange.Hub.Recognition;

/// <summary>This hub as a party of agreements. Section "Recognition".</summary>
public sealed class RecognitionOptions
{
    /// <summary>Region of the province, GB/T 2260; empty: the hub makes no agreements.</summary>
    /// <value>The default is 460000 in Development, else empty.</value>
    public string Region { get; set; } = "";

    /// <summary>The agency under which this hub calls its partners' hubs.</summary>
    /// <value>The default is "hainan-hub" in Development, else empty.</value>
    public string HubId { get; set; } = "";

    /// <summary>Name of the province in Chinese.</summary>
    /// <value>The default is that of GB/T 2260.</value>
    public string NameZh { get; set; } = "";

    /// <summary>Name of the province in English.</summary>
    /// <value>The default is the region's code.</value>
    public string NameEn { get; set; } = "";

    /// <summary>PEM file with the private key of curve P-256 that signs agreements; empty: Development makes one, elsewhere it is required where Region is set.</summary>
    public string SigningKey { get; set; } = "";

    /// <summary>Partners' hubs that this hub calls; one that calls by itself needs no entry.</summary>
    public List<PartnerOptions> Partners { get; init; } = [];

    /// <summary>Whether the hub can be a party.</summary>
    public bool IsUsed => Region.Length > 0;
}
