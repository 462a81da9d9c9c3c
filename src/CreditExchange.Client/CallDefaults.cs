using System.Security.Cryptography;
using CreditExchange.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace CreditExchange.Client;

/// <summary>Gives each call its token, language and, for unary calls, a deadline; each check a request id.</summary>
internal sealed class CallDefaults : Interceptor
{
    private readonly CallCredentials? _credentials;
    private readonly string _language;
    private readonly TimeSpan _deadline;
    private readonly TimeProvider _time;

    public CallDefaults(CreditExchangeOptions options)
    {
        _language = options.Language;
        _deadline = options.Deadline;
        _time = options.Time;
        if (options.Token is { } source)
        {
            _credentials = CallCredentials.FromInterceptor(async (_, metadata) =>
                metadata.Add("authorization", "Bearer " + await source()));
        }
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
        continuation(Identified(request), Complete(context, unary: true));

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context,
        BlockingUnaryCallContinuation<TRequest, TResponse> continuation) =>
        continuation(Identified(request), Complete(context, unary: true));

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context,
        AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, Complete(context, unary: false));

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(Complete(context, unary: false));

    // A check that is sent twice is one check in the hub's access log, if both carry one request id.
    private static TRequest Identified<TRequest>(TRequest request)
        where TRequest : class
    {
        switch (request)
        {
            case CheckSubjectRequest { RequestId.Length: 0 } check:
                check = check.Clone();
                check.RequestId = NewRequestId();
                return (check as TRequest)!;
            case BatchCheckSubjectsRequest { RequestId.Length: 0 } batch:
                batch = batch.Clone();
                batch.RequestId = NewRequestId();
                return (batch as TRequest)!;
            default:
                return request;
        }
    }

    private static string NewRequestId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private ClientInterceptorContext<TRequest, TResponse> Complete<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, bool unary)
        where TRequest : class
        where TResponse : class
    {
        var options = context.Options;
        if (_language.Length > 0)
        {
            var headers = new Metadata();
            foreach (var entry in options.Headers ?? [])
            {
                headers.Add(entry);
            }

            headers.Add("accept-language", _language);
            options = options.WithHeaders(headers);
        }

        if (_credentials is not null && options.Credentials is null)
        {
            options = options.WithCredentials(_credentials);
        }

        if (unary && options.Deadline is null)
        {
            options = options.WithDeadline(_time.GetUtcNow().UtcDateTime + _deadline);
        }

        return new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, options);
    }
}
