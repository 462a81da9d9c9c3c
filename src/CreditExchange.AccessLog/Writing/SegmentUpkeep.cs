using CreditExchange.Ledger;
using Microsoft.Extensions.Logging;

namespace CreditExchange.AccessLog.Writing;

/// <summary>
/// What needs no caller to wait, on a thread of its own: hands what was written to the disk, finishes full segments and
/// allocates the next reserve.
/// </summary>
internal sealed class SegmentUpkeep(TimeSpan interval, Func<bool> reserve, ILogger logger) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<MappedSegment> full = [];
    private readonly AutoResetEvent wake = new(false);
    private MappedSegment? current;
    private Thread? thread;
    private volatile bool stops;
    private volatile bool isLost;

    /// <summary>Whether the disk took nothing the last time: what is appended now may never reach it.</summary>
    public bool IsLost => isLost;

    public void Start()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "access log" };
        thread.Start();
    }

    /// <summary>Another segment is written now.</summary>
    public void Replace(MappedSegment? finished, MappedSegment opened)
    {
        lock (gate)
        {
            if (finished is not null)
            {
                full.Add(finished);
            }

            current = opened;
        }

        wake.Set();
    }

    /// <summary>Finishes what is full; the current segment stays its writer's.</summary>
    public void Dispose()
    {
        stops = true;
        wake.Set();
        thread?.Join();
        SealFull();
        wake.Dispose();
    }

    private void Run()
    {
        while (!stops)
        {
            try
            {
                reserve();
                SealFull();
                Traps.Reach("log.before-sync");
                current?.Sync();
                Traps.Reach("log.after-sync");
                if (isLost)
                {
                    AccessLogLog.SyncedAgain(logger);
                    isLost = false;
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                if (!isLost)
                {
                    AccessLogLog.SyncFailed(logger, error);
                    isLost = true;
                }
            }

            wake.WaitOne(interval);
        }
    }

    private void SealFull()
    {
        MappedSegment[] finished;
        lock (gate)
        {
            finished = [.. full];
            full.Clear();
        }

        foreach (var segment in finished)
        {
            segment.Seal();
        }
    }
}
