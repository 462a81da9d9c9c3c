using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace CreditExchange.Hub.Metrics;

/// <summary>Counts and times gRPC calls by method and code, in the names of the OpenTelemetry conventions.</summary>
public sealed class CallMetrics
{
    /// <summary>The meter of everything the hub measures.</summary>
    public const string MeterName = "CreditExchange.Hub";

    private static readonly string[] Codes = [.. Enum.GetValues<StatusCode>().Order().Select(c => c.ToString())];
    private readonly Histogram<double> duration;

    /// <summary>Makes the instruments.</summary>
    public CallMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        duration = meter.CreateHistogram<double>("rpc.server.call.duration", "s", "Duration of gRPC calls, streams included.");
    }

    /// <summary>One call.</summary>
    internal void Record(string method, int code, TimeSpan elapsed) => duration.Record(
        elapsed.TotalSeconds,
        new KeyValuePair<string, object?>("rpc.method", method),
        new KeyValuePair<string, object?>("rpc.response.status_code", (uint)code < (uint)Codes.Length ? Codes[code] : "Unknown"));
}

/// <summary>Measures each gRPC call, whoever answers it.</summary>
public sealed class CallMetricsMiddleware(RequestDelegate next, CallMetrics metrics)
{
    /// <summary>Passes the call on and records how it ended.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
        {
            await next(http);
            return;
        }

        var started = Stopwatch.GetTimestamp();
        try
        {
            await next(http);
        }
        finally
        {
            metrics.Record(MethodOf(http), CodeOf(http), Stopwatch.GetElapsedTime(started));
        }
    }

    // Only methods that exist become a label: a stranger must not be able to grow the set.
    private static string MethodOf(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<Grpc.AspNetCore.Server.GrpcMethodMetadata>()?.Method.FullName ?? "unknown";

    private static int CodeOf(HttpContext http)
    {
        var trailers = http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        if (trailers is null || !trailers.TryGetValue("grpc-status", out var text))
        {
            text = http.Response.Headers["grpc-status"];
        }

        return int.TryParse(text, out var code) ? code : (int)StatusCode.Unknown;
    }
}
