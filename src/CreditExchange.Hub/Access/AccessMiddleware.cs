using CreditExchange.Domain.Errors;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Errors;

namespace CreditExchange.Hub.Access;

/// <summary>
/// Proves the caller and the method's scope before a byte of the message is read, so that a stranger can make the hub parse
/// nothing. Runs for gRPC calls only; the HTTP port has endpoints without content of the ledger.
/// </summary>
public sealed class AccessMiddleware(RequestDelegate next, TokenValidator tokens, AgencyRates rates, AccessRecords records, ILogger<AccessMiddleware> logger)
{
    /// <summary>Lets a call with a right through, and answers the others.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
        {
            await next(http);
            return;
        }

        var method = http.Request.Path.Value ?? "";
        var scope = MethodScopes.Of(method);
        if (scope != MethodScopes.Open)
        {
            var trace = http.Trace();
            try
            {
                records.RequireRoom();
                var caller = await tokens.ValidateAsync(http.Request.Headers.Authorization, http.RequestAborted);
                trace.AgencyId = caller.AgencyId;
                caller.Require(scope);
                rates.Require(caller.AgencyId);
                http.Items[typeof(Caller)] = caller;
            }
            catch (RuleViolation violation)
            {
                DenialLog.Denied(logger, method, trace.AgencyId, violation.Reason);
                Answer(http, violation);
                return;
            }
        }

        await next(http);
    }

    // A trailers-only answer, as the gRPC protocol has it: the status stands in the headers and nothing follows.
    private static void Answer(HttpContext http, RuleViolation violation)
    {
        http.Response.ContentType = "application/grpc";
        StatusHeaders.Write(http.Response.Headers, violation, http);
    }
}

internal static partial class DenialLog
{
    [LoggerMessage(1210, LogLevel.Information, "'{Method}' denied to '{AgencyId}': {Reason}.", EventName = "AccessDenied")]
    public static partial void Denied(ILogger logger, string method, string agencyId, CreditExchange.V1.ErrorReason reason);
}
