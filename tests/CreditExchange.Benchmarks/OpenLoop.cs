using System.Collections.Concurrent;
using System.Diagnostics;

namespace CreditExchange.Benchmarks;

/// <summary>
/// Calls sent at their times, whatever became of the ones before: a pause of the server is seen by everyone who would have
/// called meanwhile, where a closed loop would just send less.
/// </summary>
internal static class OpenLoop
{
    /// <summary>Sends calls at a rate for a time. Latencies count from when a call was due.</summary>
    public static async Task<Load> RunAsync(double perSecond, TimeSpan duration, Func<int, Task> call, int serverPid)
    {
        var latencies = new ConcurrentBag<double>();
        var cpu = Machine.CpuOf(serverPid);
        var started = Stopwatch.GetTimestamp();
        var calls = (int)(perSecond * duration.TotalSeconds);
        var under = new List<Task>(calls);
        for (var i = 0; i < calls; i++)
        {
            var due = started + (long)(i / perSecond * Stopwatch.Frequency);
            while (Stopwatch.GetTimestamp() < due)
            {
                // A timer wakes a millisecond late; what is due within one is sent together.
                await Task.Delay(1);
            }

            under.Add(OneAsync(i, due));
        }

        await Task.WhenAll(under);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = Machine.CpuOf(serverPid) - cpu;
        var all = latencies.Order().ToArray();
        return new Load(all.Length / seconds, all[all.Length / 2], all[(int)(all.Length * 0.99)], used.TotalMicroseconds / all.Length);

        async Task OneAsync(int i, long due)
        {
            await call(i);
            latencies.Add(Stopwatch.GetElapsedTime(due).TotalMilliseconds);
        }
    }
}
