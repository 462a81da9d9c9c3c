namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>A partner's hub that this hub calls. Section "Recognition:Partners:N". One that calls by itself needs no entry.</summary>
public sealed class PartnerOptions
{
    /// <summary>Region of the partner, GB/T 2260.</summary>
    public string Region { get; set; } = "";

    /// <summary>Address of its gRPC port, https or, on a loopback address, http.</summary>
    public string Address { get; set; } = "";

    /// <summary>File with the token that the partner issued for this hub's agency; read again when it changes.</summary>
    public string TokenFile { get; set; } = "";

    /// <summary>Which of its settings can't be used; null: none.</summary>
    public string? Fault() =>
        !Domain.Recognition.RegionReach.IsRegion(Region) ? $"Region '{Region}'; allowed: six digits of GB/T 2260"
        : !Uri.TryCreate(Address, UriKind.Absolute, out var uri) || !(uri.Scheme == "https" || (uri.Scheme == "http" && uri.IsLoopback))
            ? $"Address '{Address}'; allowed: https, or http to a loopback address"
        : TokenFile.Length == 0 ? "TokenFile is empty; a partner's hub asks for a token"
        : null;
}
