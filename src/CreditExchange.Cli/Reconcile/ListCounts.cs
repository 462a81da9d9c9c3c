namespace CreditExchange.Cli.Reconcile;

/// <summary>What comparing a file with the hub found on one list.</summary>
internal sealed class ListCounts
{
    // Shifted columns amend everything; on a short list half of it is soon changed by right.
    private const int FewestForChanged = 20;

    /// <summary>Listings of the agency that live at the hub.</summary>
    public long Live { get; set; }

    /// <summary>Rows that the hub doesn't hold.</summary>
    public long New { get; set; }

    /// <summary>Rows that differ from the hub's listing.</summary>
    public long Changed { get; set; }

    /// <summary>Rows that are as the hub has them.</summary>
    public long Unchanged { get; set; }

    /// <summary>Live listings that no row names.</summary>
    public long Vanished { get; set; }

    /// <summary>Whether so much vanished that the file may be incomplete: more than 5 % of what lives at the hub.</summary>
    public bool TooManyVanished => Vanished * 20 > Live;

    /// <summary>Whether so much changed that the file's columns may be wrong: more than half of at least 20.</summary>
    public bool TooManyChanged => Live >= FewestForChanged && Changed * 2 > Live;
}
