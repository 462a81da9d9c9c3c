namespace CreditExchange.Domain.Listings;

/// <summary>Which listings a link between two ids carries over, in one direction.</summary>
public enum LinkReach
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those whose list kind names the link's relation.</summary>
    ByListKind,

    /// <summary>Every listing.</summary>
    All,
}
