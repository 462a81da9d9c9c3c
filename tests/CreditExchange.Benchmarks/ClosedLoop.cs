using System.Diagnostics;

namespace CreditExchange.Benchmarks;

/// <summary>Callers that each send the next call when the last is answered.</summary>
internal static class ClosedLoop
{
    /// <summary>Runs callers for a time.</summary>
    public static async Task<Load> RunAsync(int callers, TimeSpan duration, Func<int, int, Task> call, int? serverPid = null)
    {
        var latencies = new List<double>[callers];
        var cpu = serverPid is { } before ? Machine.CpuOf(before) : TimeSpan.Zero;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var own = latencies[caller] = new List<double>(100_000);
            for (var i = 0; Stopwatch.GetElapsedTime(started) < duration; i++)
            {
                var sent = Stopwatch.GetTimestamp();
                await call(caller, i);
                own.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
        })));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = serverPid is { } pid ? Machine.CpuOf(pid) - cpu : TimeSpan.Zero;
        var all = latencies.SelectMany(l => l).Order().ToArray();
        return new Load(all.Length / seconds, all[all.Length / 2], all[(int)(all.Length * 0.99)], used.TotalMicroseconds / all.Length);
    }
}

/// <summary>What a load measured.</summary>
/// <param name="PerSecond">Calls a second.</param>
/// <param name="P50">Median in ms.</param>
/// <param name="P99">In ms.</param>
/// <param name="CpuMicros">Server CPU a call.</param>
internal sealed record Load(double PerSecond, double P50, double P99, double CpuMicros)
{
    public override string ToString() => $"{PerSecond,9:F0}/s  p50 {P50,6:F3} ms  p99 {P99,6:F3} ms  server CPU {CpuMicros,5:F1} µs";

    /// <summary>The load with the median throughput.</summary>
    public static Load Median(IReadOnlyList<Load> loads) => loads.OrderBy(l => l.PerSecond).ElementAt(loads.Count / 2);
}

/// <summary>Latencies in one line.</summary>
internal static class Latencies
{
    /// <summary>Median, 99th percentile and the longest, in ms.</summary>
    public static string Show(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return $"p50 {sorted[sorted.Length / 2]:F2} ms  p99 {sorted[(int)(sorted.Length * 0.99)]:F2} ms  max {sorted[^1]:F2} ms";
    }
}
