using System.Globalization;
using CreditExchange.Domain.Subjects;

namespace CreditExchange.Lookup.Redis;

/// <summary>
/// Names of what the tier keeps: cx:{bucket}:ledger_id:s:subject key, and each bucket's progress in the same slot. Another
/// ledger or epoch has other names, so that nothing of one is ever taken for the other's.
/// </summary>
/// <param name="ledgerId">Ledger and epoch.</param>
public sealed class TierKeys(string ledgerId)
{
    /// <summary>Number of buckets; fixed, as it stands in the names. A cluster spreads them over its slots.</summary>
    public const int Buckets = 256;

    private readonly string[] names =
        [.. Enumerable.Range(0, Buckets).Select(b => string.Create(CultureInfo.InvariantCulture, $"cx:{{{b:x2}}}:{ledgerId}:"))];

    /// <summary>Ledger and epoch.</summary>
    public string LedgerId { get; } = ledgerId;

    /// <summary>A subject's bucket. Bytes of a subject key are uniform.</summary>
    public static int BucketOf(in SubjectKey key) => (int)(key.High >> 56);

    /// <summary>Name of a bucket's progress.</summary>
    public string Progress(int bucket) => names[bucket] + "p";

    /// <summary>Name of a subject's value.</summary>
    public string Value(in SubjectKey key)
    {
        Span<byte> bytes = stackalloc byte[SubjectKey.Length];
        key.WriteTo(bytes);
        return string.Concat(names[BucketOf(key)], "s:", Convert.ToHexStringLower(bytes));
    }
}
