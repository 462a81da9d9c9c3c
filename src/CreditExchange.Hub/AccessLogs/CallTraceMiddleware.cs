using System.Globalization;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.Errors;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace CreditExchange.Hub.AccessLogs;

/// <summary>
/// Gives each gRPC call its name, and writes down each one that is refused, whoever refused it, before the refusal leaves.
/// </summary>
public sealed class CallTraceMiddleware(RequestDelegate next, RequestNames names, AccessRecords records)
{
    /// <summary>Passes the call on and looks how it ended.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
        {
            await next(http);
            return;
        }

        var path = http.Request.Path.Value ?? "";
        var trace = names.Next(path);
        http.Items[typeof(CallTrace)] = trace;
        http.Response.Headers[CallTrace.Header] = trace.RequestId;
        await next(http);
        if (MethodScopes.Of(path) != MethodScopes.Open)
        {
            RecordRefusal(http, trace);
        }
    }

    private void RecordRefusal(HttpContext http, CallTrace trace)
    {
        var end = http.Response.HasStarted ? http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : http.Response.Headers;
        // A caller who went away has no answer, so there is nothing to write down.
        if (end is null || !int.TryParse(end["grpc-status"], NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            || code is (int)StatusCode.OK or (int)StatusCode.Cancelled)
        {
            return;
        }

        try
        {
            records.Refused(trace, code);
        }
        catch (RuleViolation full)
        {
            if (trace.Reason != ErrorReason.AccessLogFull && !end.IsReadOnly)
            {
                StatusHeaders.Write(end, full, http);
            }
        }
    }
}
