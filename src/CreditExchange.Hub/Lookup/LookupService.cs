using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Access;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Errors;
using CreditExchange.Hub.Registry;
using CreditExchange.V1;
using Grpc.Core;
using Service = CreditExchange.V1.LookupService;

namespace CreditExchange.Hub.Lookup;

/// <summary>May this subject do this? See lookup_service.proto.</summary>
public sealed class LookupService(
    SubjectChecks check, AccessRecords records, AgencyRates rates, TimeProvider time, IHostApplicationLifetime life) : Service.LookupServiceBase
{
    /// <summary>Most subjects of a batch.</summary>
    public const int LargestBatch = 1_000;

    private static readonly WriteOptions More = new(WriteFlags.BufferHint);

    /// <inheritdoc/>
    public override Task<CheckSubjectResponse> CheckSubject(CheckSubjectRequest request, ServerCallContext context)
    {
        var checking = check.CheckAsync(request, new Asker(context), item: 0, context.CancellationToken);
        // A full node mostly waits for nothing.
        return checking.IsCompletedSuccessfully ? Task.FromResult(Named(context, checking.Result)) : NamedAsync(context, checking);
    }

    /// <inheritdoc/>
    public override async Task<BatchCheckSubjectsResponse> BatchCheckSubjects(BatchCheckSubjectsRequest request, ServerCallContext context)
    {
        RequestFields.CheckOptionalId(request.RequestId, "request_id");
        if (request.Subjects.Count is 0 or > LargestBatch)
        {
            throw new RuleViolation(
                ErrorReason.BatchSize, "subjects", ("size", $"{request.Subjects.Count}"), ("limit", $"{LargestBatch}"));
        }

        // The call itself was counted as one.
        rates.Require(context.Caller().AgencyId, request.Subjects.Count - 1);
        var (response, name) = await check.CheckBatchAsync(request, new Asker(context), context.CancellationToken);
        Name(context, name);
        return response;
    }

    /// <inheritdoc/>
    public override async Task StreamChecks(
        IAsyncStreamReader<StreamChecksRequest> requestStream,
        IServerStreamWriter<StreamChecksResponse> responseStream,
        ServerCallContext context)
    {
        using var lease = new StreamLease(context.Caller(), Scopes.Check, time, context.CancellationToken, life.ApplicationStopping);
        var asker = new Asker(context);
        long item = 0;
        try
        {
            var next = requestStream.MoveNext(lease.Token);
            while (await next)
            {
                var response = await AnswerAsync(requestStream.Current, ++item, asker, lease.Token);
                next = requestStream.MoveNext(lease.Token);
                // While the next request is already here, answers are gathered: one flush for several.
                responseStream.WriteOptions = next.IsCompletedSuccessfully && next.Result ? More : WriteOptions.Default;
                await responseStream.WriteAsync(response, lease.Token);
            }
        }
        catch (OperationCanceledException) when (lease.Fault is { } fault)
        {
            throw fault;
        }
    }

    private async ValueTask<StreamChecksResponse> AnswerAsync(StreamChecksRequest request, long item, Asker asker, CancellationToken cancellation)
    {
        var response = new StreamChecksResponse { CorrelationId = RequestFields.Shorten(request.CorrelationId) };
        try
        {
            RequestFields.CheckOptionalId(request.CorrelationId, "correlation_id");
            rates.Require(asker.Caller.AgencyId);
            if (request.Check is null)
            {
                throw new RuleViolation(ErrorReason.Required, "check");
            }

            (response.Result, _) = await check.CheckAsync(request.Check, asker, item, cancellation);
        }
        catch (RuleViolation violation) when (violation.Reason != ErrorReason.AccessLogFull)
        {
            records.RefusedItem(asker.Trace, item, request.Check?.RequestId ?? "", violation.Reason);
            response.Error = ErrorStatus.Create(violation, asker.Language, asker.Trace.RequestId);
        }

        return response;
    }

    private static async Task<CheckSubjectResponse> NamedAsync(
        ServerCallContext context, ValueTask<(CheckSubjectResponse Response, CheckName Name)> checking) => Named(context, await checking);

    private static CheckSubjectResponse Named(ServerCallContext context, (CheckSubjectResponse Response, CheckName Name) check)
    {
        Name(context, check.Name);
        return check.Response;
    }

    // A repeated check has no record of its own, so its answer carries the name of the call that has.
    private static void Name(ServerCallContext context, CheckName name)
    {
        if (name.RequestId != context.Trace().RequestId)
        {
            context.GetHttpContext().Response.Headers[CallTrace.Header] = name.RequestId;
        }
    }
}

/// <summary>Who asks, in which language, until when.</summary>
public sealed class Asker(ServerCallContext context)
{
    /// <summary>The caller.</summary>
    public Caller Caller { get; } = context.Caller();

    /// <summary>The call.</summary>
    public CallTrace Trace { get; } = context.Trace();

    /// <summary>Of texts for people, of which a clean subject's answer has none.</summary>
    public Language Language => context.Language();

    /// <summary>The call's, UTC.</summary>
    public DateTime Deadline => context.Deadline;
}
