using CreditExchange.Domain.Errors;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.V1;
using Microsoft.AspNetCore.Http.Features;

namespace CreditExchange.Hub.Errors;

/// <summary>
/// Gives the refusals that the framework makes before a service is reached the reason that every refusal has: a message
/// over the limit, bytes that are no message, a method or a compression that the hub doesn't have.
/// </summary>
public sealed class StatusDetails(RequestDelegate next, ILogger<StatusDetails> logger)
{
    private const string Details = "grpc-status-details-bin";

    /// <summary>Passes the call on and completes its status.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        await next(http);
        if (http.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
        {
            Complete(http);
        }
    }

    private void Complete(HttpContext http)
    {
        var end = http.Response.HasStarted ? http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : http.Response.Headers;
        if (end is null || end.IsReadOnly || end.ContainsKey(Details) || Reason(end["grpc-status"]) is not { } reason)
        {
            return;
        }

        ErrorLog.Refused(logger, http.Request.Path.Value ?? "", http.Trace().AgencyId, reason);
        StatusHeaders.Write(end, new RuleViolation(reason), http);
    }

    private static ErrorReason? Reason(string? code) => code switch
    {
        "8" => ErrorReason.MessageTooLarge,
        "3" => ErrorReason.MessageMalformed,
        "12" => ErrorReason.NotSupported,
        _ => null,
    };
}
