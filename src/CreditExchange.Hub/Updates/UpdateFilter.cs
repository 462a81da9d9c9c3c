using CreditExchange.Domain.Errors;
using CreditExchange.V1;

namespace CreditExchange.Hub.Updates;

/// <summary>Which listings a stream or a snapshot is about.</summary>
public sealed class UpdateFilter
{
    private readonly HashSet<string> lists;
    private readonly string[] regions;

    /// <summary>A filter by list codes and by prefixes of the origin's region; empty ones let everything through.</summary>
    /// <exception cref="RuleViolation">TOO_LONG for more than 100 of either.</exception>
    public UpdateFilter(IReadOnlyCollection<string> listCodes, IReadOnlyCollection<string> regions)
    {
        CheckCount(listCodes.Count, "list_codes");
        CheckCount(regions.Count, "regions");
        lists = new HashSet<string>(listCodes, StringComparer.Ordinal);
        this.regions = [.. regions];
    }

    /// <summary>Whether everything passes, events without a listing too.</summary>
    public bool IsOpen => lists.Count == 0 && regions.Length == 0;

    /// <summary>Whether a listing passes.</summary>
    public bool Passes(Listing? listing)
    {
        if (IsOpen)
        {
            return true;
        }

        return listing is not null
            && (lists.Count == 0 || lists.Contains(listing.ListCode))
            && (regions.Length == 0 || Array.Exists(regions, r => listing.Origin?.Region.StartsWith(r, StringComparison.Ordinal) == true));
    }

    private static void CheckCount(int count, string field)
    {
        if (count > 100)
        {
            throw new RuleViolation(ErrorReason.TooLong, field, ("length", $"{count}"), ("limit", "100"));
        }
    }
}
