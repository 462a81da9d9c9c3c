using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using CreditExchange.Hub.Access;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.AccessLogs;

/// <summary>One gRPC call under its name, and what the log needs to know of it.</summary>
/// <param name="requestId">The hub's name of the call.</param>
/// <param name="method">"Service/Method"; empty for no method of the hub.</param>
public sealed class CallTrace(string requestId, string method)
{
    /// <summary>The header that tells a caller the name of its call.</summary>
    public const string Header = "x-request-id";

    /// <summary>The hub's name of the call.</summary>
    public string RequestId { get; } = requestId;

    /// <summary>"Service/Method"; empty for no method of the hub.</summary>
    public string Method { get; } = method;

    /// <summary>Who calls; empty until it is proved.</summary>
    public string AgencyId { get; set; } = "";

    /// <summary>Why the call was refused, where the hub knows more than the code.</summary>
    public ErrorReason Reason { get; set; }

    /// <summary>A record that tells the call and who makes it.</summary>
    public AccessRecord Record() => new() { RequestId = RequestId, Method = Method, AgencyId = AgencyId };
}

/// <summary>Names calls: unique over restarts, by a random start and a count.</summary>
public sealed class RequestNames
{
    private static readonly FrozenDictionary<string, string> Methods = MethodScopes.Methods.ToFrozenDictionary(
        m => m, m => m[(m.LastIndexOf('.') + 1)..], StringComparer.Ordinal);

    private readonly string run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
    private long count;

    /// <summary>The trace of the next call.</summary>
    /// <param name="path">The call's path, as sent: only that of a method that exists is kept.</param>
    public CallTrace Next(string path) => new(
        string.Create(CultureInfo.InvariantCulture, $"{run}-{Interlocked.Increment(ref count):x}"), Methods.GetValueOrDefault(path, ""));
}

/// <summary>Where a call keeps its trace.</summary>
public static class CallTraces
{
    /// <summary>The call's trace.</summary>
    public static CallTrace Trace(this ServerCallContext context) => context.GetHttpContext().Trace();

    /// <summary>The call's trace.</summary>
    /// <exception cref="InvalidOperationException">It isn't a gRPC call.</exception>
    public static CallTrace Trace(this HttpContext http) =>
        http.Items.TryGetValue(typeof(CallTrace), out var trace)
            ? (CallTrace)trace!
            : throw new InvalidOperationException("The call has no trace.");
}
