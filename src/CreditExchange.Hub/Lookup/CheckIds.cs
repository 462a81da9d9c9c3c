using System.Globalization;
using System.Security.Cryptography;

namespace CreditExchange.Hub.Lookup;

/// <summary>Names checks: unique over restarts, by a random start and a count.</summary>
public sealed class CheckIds
{
    private readonly string run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
    private long count;

    /// <summary>The next name.</summary>
    public string Next() => string.Create(CultureInfo.InvariantCulture, $"{run}-{Interlocked.Increment(ref count):x}");
}
