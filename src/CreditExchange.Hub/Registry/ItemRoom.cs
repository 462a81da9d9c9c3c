namespace CreditExchange.Hub.Registry;

/// <summary>
/// How many items of one stream may be somewhere at once. Who reads the stream takes room; when there is none left it waits
/// until a quarter is free again, so that a full room costs a wait for some hundred items and not for each.
/// </summary>
/// <param name="most">How many.</param>
internal sealed class ItemRoom(int most)
{
    private readonly int again = most - Math.Max(1, most / 4);
    private TaskCompletionSource? waiting;
    private int taken;

    /// <summary>How many are there now.</summary>
    public int Taken => Volatile.Read(ref taken);

    /// <summary>Takes room for one. For one caller at a time.</summary>
    /// <param name="cancellation">Ends the wait; nothing is taken then.</param>
    public ValueTask TakeAsync(CancellationToken cancellation)
    {
        if (Taken < most)
        {
            Interlocked.Increment(ref taken);
            return ValueTask.CompletedTask;
        }

        return WaitAsync(cancellation);
    }

    /// <summary>Gives the room of one back.</summary>
    public void Give()
    {
        if (Interlocked.Decrement(ref taken) <= again && Volatile.Read(ref waiting) is not null)
        {
            Interlocked.Exchange(ref waiting, null)?.TrySetResult();
        }
    }

    private async ValueTask WaitAsync(CancellationToken cancellation)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Told first and looked at again after: whoever gives back in between sees one of the two.
        Interlocked.Exchange(ref waiting, source);
        if (Taken <= again)
        {
            source.TrySetResult();
        }

        await source.Task.WaitAsync(cancellation);
        Interlocked.Increment(ref taken);
    }
}
