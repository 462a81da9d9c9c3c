using System.Diagnostics.Metrics;
using CreditExchange.V1;

namespace CreditExchange.Hub.Metrics;

/// <summary>Counts checks by verdict, each item of a batch and a stream too, and tells by what means this node answers them.</summary>
public sealed class CheckCounts
{
    private static readonly Verdict[] Verdicts = Enum.GetValues<Verdict>();
    private readonly long[] counts = new long[Verdicts.Length];
    private readonly KeyValuePair<string, object?>[][] tags;

    /// <summary>Makes the instrument.</summary>
    /// <param name="meters">Makes the meter.</param>
    /// <param name="tier">"index" on a full node, "edge" on an edge node.</param>
    public CheckCounts(IMeterFactory meters, string tier)
    {
        tags = [.. Verdicts.Select(v => new KeyValuePair<string, object?>[] { new("verdict", $"{v}".ToUpperInvariant()), new("tier", tier) })];
        meters.Create(CallMetrics.MeterName).CreateObservableCounter("creditexchange.checks", Read, description: "Checks answered.");
    }

    /// <summary>One answered check.</summary>
    public void Add(Verdict verdict) => Interlocked.Increment(ref counts[(int)verdict]);

    private IEnumerable<Measurement<long>> Read()
    {
        for (var i = 1; i < counts.Length; i++)
        {
            yield return new Measurement<long>(Interlocked.Read(ref counts[i]), tags[i]);
        }
    }
}
