using CreditExchange.AccessLog.Writing;
using CreditExchange.Hub.Lookup;
using CreditExchange.Hub.Standard;

namespace CreditExchange.Hub.Hosting;

/// <summary>Whether checks can be answered, and if not why, in one line; feeds the gRPC health service too.</summary>
public sealed class Readiness(
    INodeHealth node, IViewProgress progress, AccessLogWriter log, HealthBoard board, TimeProvider time, IHostApplicationLifetime life) : IDisposable
{
    // Twice the strictest matter: a view that is behind for longer refuses checks anyway.
    internal static readonly TimeSpan MostLag = TimeSpan.FromSeconds(10);
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

        if (node.Fault() is { } fault)
        {
            return fault;
        }

        if (!log.HasRoom)
        {
            return "the access log is full: make room on its disk";
        }

        var lag = time.GetUtcNow() - progress.FreshAt;
        return lag > MostLag ? $"the views are {lag.TotalSeconds:F0} s behind: position {progress.Position} of {progress.Head}" : null;
    }

    /// <inheritdoc/>
    public void Dispose() => timer?.Dispose();
}
