using CreditExchange.Hub.Metrics;

namespace CreditExchange.Hub.Hosting;

/// <summary>The HTTP port: health and metrics, nothing of the ledger's content.</summary>
public static class HttpEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(WebApplication app)
    {
        app.MapGet("/healthz/live", () => Results.Text("live\n"));
        app.MapGet("/healthz/ready", (Readiness readiness) =>
            readiness.Fault() is { } fault ? Results.Text(fault + "\n", statusCode: 503) : Results.Text("ready\n"));
        app.MapGet("/metrics", (PrometheusText metrics) =>
            Results.Text(metrics.Write(), "text/plain; version=0.0.4; charset=utf-8"));
    }
}
