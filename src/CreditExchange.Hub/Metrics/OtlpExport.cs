using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace CreditExchange.Hub.Metrics;

/// <summary>
/// Sends the hub's instruments to a collector. A collector that is away costs the hub nothing: what can't be sent is dropped, and
/// the counters go on.
/// </summary>
public sealed class OtlpExport(OtlpOptions options, string node) : IHostedService, IDisposable
{
    private const string ServiceName = "creditexchange-hub";
    private MeterProvider? provider;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Endpoint.Length > 0)
        {
            provider = Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(r => r.AddService(ServiceName, serviceInstanceId: node))
                .AddMeter(CallMetrics.MeterName)
                .AddOtlpExporter((exporter, reader) =>
                {
                    exporter.Endpoint = new Uri(options.Endpoint);
                    exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Interval.TotalMilliseconds;
                })
                .Build();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        // The last figures of a node are the ones that somebody will look for; a second is what they are worth.
        provider?.ForceFlush(1_000);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => provider?.Dispose();
}
