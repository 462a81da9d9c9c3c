namespace CreditExchange.Hub.Recognition.Exchange;

/// <summary>Which versions of its token key live for each partner.</summary>
public sealed class PartnerKeyVersions
{
    private static readonly uint[] First = [1];

    /// <summary>Grows when versions come or go.</summary>
    public int Changes => 0;

    /// <summary>The versions, oldest first; at least one.</summary>
    public IReadOnlyList<uint> Of(string region) => First;
}
