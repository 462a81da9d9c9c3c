using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Hosting;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace CreditExchange.Hub.Errors;

/// <summary>
/// Gives every failure its stable reason. A broken rule is the caller's fault and is told; a store that can't write is
/// UNAVAILABLE; anything else is a fault of the hub: logged with its cause, told as INTERNAL without it.
/// </summary>
public sealed class ErrorInterceptor(OpenStreams streams, ILogger<ErrorInterceptor> logger) : Interceptor
{
    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw Translate(error, context);
        }
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw Translate(error, context);
        }
    }

    /// <inheritdoc/>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        streams.Enter();
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (IOException)
        {
            // Only reading requests meets the network here: a reset is seen by the read before the call's token is cancelled.
            throw CallerLeft();
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw Translate(error, context);
        }
        finally
        {
            streams.Leave();
        }
    }

    private RpcException Translate(Exception error, ServerCallContext context)
    {
        // To write to a call that is over is an InvalidOperationException of the framework.
        if (context.CancellationToken.IsCancellationRequested
            && error is OperationCanceledException or IOException or InvalidOperationException)
        {
            return CallerLeft();
        }

        var violation = AsViolation(error);
        var trace = context.Trace();
        if (violation.Reason == ErrorReason.Internal)
        {
            ErrorLog.Unexpected(logger, context.Method, trace.RequestId, error);
        }
        else if (violation.Reason == ErrorReason.LedgerUnavailable)
        {
            ErrorLog.LedgerUnavailable(logger, context.Method, error);
        }
        else
        {
            ErrorLog.Refused(logger, context.Method, context.TryGetCaller()?.AgencyId ?? "", violation.Reason);
        }

        trace.Reason = violation.Reason;
        return violation.ToException(context.Language(), trace.RequestId);
    }

    private static RpcException CallerLeft() => new(new Status(StatusCode.Cancelled, "The caller went away."));

    /// <summary>The violation that stands for any failure.</summary>
    internal static RuleViolation AsViolation(Exception error) => error switch
    {
        RuleViolation v => v,
        LedgerUnavailableException => new RuleViolation(ErrorReason.LedgerUnavailable),
        _ => new RuleViolation(ErrorReason.Internal),
    };
}

internal static partial class ErrorLog
{
    [LoggerMessage(1100, LogLevel.Information, "'{Method}' refused for '{AgencyId}': {Reason}.", EventName = "CallRefused")]
    public static partial void Refused(ILogger logger, string method, string agencyId, ErrorReason reason);

    [LoggerMessage(1101, LogLevel.Error, "'{Method}' failed, request id '{RequestId}'.", EventName = "CallFailed")]
    public static partial void Unexpected(ILogger logger, string method, string requestId, Exception error);

    [LoggerMessage(1102, LogLevel.Error, "'{Method}' could not reach the ledger.", EventName = "LedgerUnavailable")]
    public static partial void LedgerUnavailable(ILogger logger, string method, Exception error);
}
