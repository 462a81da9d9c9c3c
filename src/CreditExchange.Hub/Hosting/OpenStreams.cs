namespace CreditExchange.Hub.Hosting;

/// <summary>
/// The open streams on which the caller sends too. Such a caller loses the status of its stream when the connection closes before it has read
/// it, since its own side is still open (seen with .NET's client; a stream on which only the hub sends keeps its status). A hub that stops
/// has therefore to leave the connections open for a moment after it ended these streams.
/// </summary>
public sealed class OpenStreams(TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Reading = TimeSpan.FromSeconds(1);
    private readonly Lock gate = new();
    private TaskCompletionSource none = Ended();
    private int count;
    private long? lastEnd;

    /// <summary>A stream opened.</summary>
    public void Enter()
    {
        lock (gate)
        {
            if (count++ == 0)
            {
                none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>A stream ended; its status is on its way.</summary>
    public void Leave()
    {
        lock (gate)
        {
            lastEnd = time.GetTimestamp();
            if (--count == 0)
            {
                none.SetResult();
            }
        }
    }

    /// <summary>Waits until the streams have ended, 5 s at most, and until their callers have had a second to read how.</summary>
    public async Task FarewellAsync()
    {
        Task ended;
        lock (gate)
        {
            ended = none.Task;
        }

        await Task.WhenAny(ended, Task.Delay(Longest, time));
        TimeSpan left;
        lock (gate)
        {
            left = lastEnd is { } end ? Reading - time.GetElapsedTime(end) : TimeSpan.Zero;
        }

        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, time);
        }
    }

    private static TaskCompletionSource Ended()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
