using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Errors;
using CreditExchange.V1;

namespace CreditExchange.Hub.Edge;

/// <summary>Answers the methods of the contract that an edge node doesn't serve: which node to call instead.</summary>
public sealed class EdgeOnly(RequestDelegate next)
{
    /// <summary>Passes on what is served here.</summary>
    public Task InvokeAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "";
        if (http.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true
            || path.StartsWith("/creditexchange.v1.LookupService/", StringComparison.Ordinal)
            || !path.StartsWith("/creditexchange.", StringComparison.Ordinal) || !Access.MethodScopes.Methods.Contains(path))
        {
            return next(http);
        }

        http.Response.ContentType = "application/grpc";
        StatusHeaders.Write(http.Response.Headers, new RuleViolation(ErrorReason.EdgeNode), http);
        return Task.CompletedTask;
    }
}
