namespace CreditExchange.TestKit;

/// <summary>Waits for what must come, and says what didn't.</summary>
public static class Eventually
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(60);

    /// <summary>Asks again and again until it holds.</summary>
    /// <exception cref="TimeoutException">It didn't within a minute.</exception>
    public static async Task HoldsAsync(string what, Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(Most);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await holds())
        {
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Did not come: {what}.");
            }
        }
    }

    /// <summary>The same for what is known at once.</summary>
    public static Task HoldsAsync(string what, Func<bool> holds) => HoldsAsync(what, () => Task.FromResult(holds()));
}
