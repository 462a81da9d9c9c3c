namespace CreditExchange.Hub.Edge;

/// <summary>By what means checks are answered. Section "Lookup".</summary>
public sealed class LookupOptions
{
    /// <summary>Full: from the ledger and an index in memory. Edge: from a filter in memory, Redis and a full node.</summary>
    /// <value>The default is Full.</value>
    public LookupMode Mode { get; set; } = LookupMode.Full;

    /// <summary>Address of the full node that an edge node follows.</summary>
    public string Upstream { get; set; } = "";

    /// <summary>File with the token by which an edge node calls its upstream; read again whenever it changes.</summary>
    public string TokenFile { get; set; } = "";
}

/// <summary>By what means checks are answered.</summary>
public enum LookupMode
{
    /// <summary>From the ledger and an index in memory.</summary>
    Full,

    /// <summary>From a filter in memory, Redis and a full node.</summary>
    Edge,
}
