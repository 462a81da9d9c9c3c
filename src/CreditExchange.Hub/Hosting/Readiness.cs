using CreditExchange.AccessLog.Writing;
using CreditExchange.Hub.Standard;
using CreditExchange.Hub.Views;
using CreditExchange.Ledger;
using CreditExchange.Lookup;

namespace CreditExchange.Hub.Hosting;

/// <summary>Whether checks can be answered, and if not why, in one line; feeds the gRPC health service too.</summary>
public sealed class Readiness(
    ILedger ledger, LookupView view, LedgerFollower follower, AccessLogWriter log, HealthBoard board, TimeProvider time, IHostApplicationLifetime life) : IDisposable
{
    // Twice the strictest matter: a view that is behind for longer refuses checks anyway.
    private static readonly TimeSpan MostLag = TimeSpan.FromSeconds(10);
    private volatile bool started;
    private ITimer? timer;

    /// <summary>The start is over; from now on the gRPC health service follows.</summary>
    public void Start()
    {
        started = true;
        timer = time.CreateTimer(_ => board.SetAll(Fault() is null), null, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        // Before connections are drained, balancers must see it.
        life.ApplicationStopping.Register(board.Close);
    }

    /// <summary>Why checks can't be answered; null when they can.</summary>
    public string? Fault()
    {
        if (!started)
        {
            return "starting: the views are being filled";
        }

        if (life.ApplicationStopping.IsCancellationRequested)
        {
            return "stopping";
        }

        if (!view.HasCatalogue)
        {
            return "no catalogue is in force: activate one with cx catalogue activate";
        }

        if (follower.HasFailed)
        {
            return $"the views stopped at position {view.Position}: see the log, then restart";
        }

        if (!log.HasRoom)
        {
            return "the access log is full: make room on its disk";
        }

        var lag = time.GetUtcNow() - view.FreshAt;
        return lag > MostLag ? $"the views are {lag.TotalSeconds:F0} s behind: position {view.Position} of {ledger.Head}" : null;
    }

    /// <inheritdoc/>
    public void Dispose() => timer?.Dispose();
}
