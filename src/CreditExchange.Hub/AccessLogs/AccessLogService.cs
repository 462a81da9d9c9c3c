using CreditExchange.AccessLog.Reading;
using CreditExchange.AccessLog.Segments;
using CreditExchange.AccessLog.Writing;
using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Access;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;
using Grpc.Core;
using Service = CreditExchange.V1.AccessLogService;

namespace CreditExchange.Hub.AccessLogs;

/// <summary>Auditors read who asked: see access_log_service.proto.</summary>
public sealed class AccessLogService(
    AccessLogIndex index,
    AccessLogWriter log,
    AccessRecords records,
    RequestIdText requestIds,
    ILedger ledger,
    TimeProvider time,
    IHostApplicationLifetime life) : Service.AccessLogServiceBase
{
    /// <inheritdoc/>
    public override async Task ReadAccessLog(
        ReadAccessLogRequest request, IServerStreamWriter<ReadAccessLogResponse> responseStream, ServerCallContext context)
    {
        using var lease = new StreamLease(context.Caller(), Scopes.Audit, time, context.CancellationToken, life.ApplicationStopping);
        try
        {
            var filter = new RecordFilter(request, KeysOf(request.Subject), requestIds);
            // Up to here is read; the reading's own record comes after it, and before the first that is delivered.
            var end = log.End;
            records.Append(Describe(request, filter, context.Trace()));
            // A long log is not read on the thread that reads the connection.
            await Task.Run(() => DeliverAsync(filter, end, responseStream, lease.Token), lease.Token);
        }
        catch (OperationCanceledException) when (lease.Fault is { } fault)
        {
            throw fault;
        }
    }

    private async Task DeliverAsync(
        RecordFilter filter, RecordPlace end, IServerStreamWriter<ReadAccessLogResponse> stream, CancellationToken cancellation)
    {
        RecordPlace? damage = null;
        foreach (var entry in Entries(filter, end, place => damage ??= place))
        {
            cancellation.ThrowIfCancellationRequested();
            if (filter.Passes(entry.Record))
            {
                await stream.WriteAsync(
                    new ReadAccessLogResponse { CheckId = entry.Place.ToString(), Record = entry.Record }, cancellation);
            }
        }

        if (damage is { } place)
        {
            throw new RuleViolation(ErrorReason.AccessLogDamaged, "", ("place", place.ToString()));
        }
    }

    private IEnumerable<AccessEntry> Entries(RecordFilter filter, RecordPlace end, Action<RecordPlace> damaged)
    {
        if (filter.CheckId.Length == 0)
        {
            return index.Read(filter.Wish, end, damaged);
        }

        return RecordPlace.TryParse(filter.CheckId, out var place) && index.Find(place) is { } entry ? [entry] : [];
    }

    private IReadOnlyList<SubjectKey> KeysOf(SubjectId? subject)
    {
        if (subject is null)
        {
            return [];
        }

        var normal = SubjectIds.Normalise(subject, "subject", LegalDay.Of(time.GetUtcNow()));
        var live = ledger.Keys.Subjects;
        SubjectKeyer?[] versions = [live.Active, live.Next, live.Previous, .. ledger.Keys.Former];
        return [.. versions.OfType<SubjectKeyer>().Select(version => version.Compute(normal))];
    }

    // What an auditor types is text of anybody's; only what names something that exists is kept.
    private AccessRecord Describe(ReadAccessLogRequest request, RecordFilter filter, CallTrace trace)
    {
        var record = trace.Record();
        record.SubjectKey = filter.Subjects.Count > 0 ? filter.Subjects[0] : ByteString.Empty;
        record.AboutAgencyId = requestIds.Of(request.AgencyId);
        record.Matter = requestIds.Of(request.Matter);
        record.CallerRequestId = requestIds.Of(request.RequestId);
        if (request.ListingId.Length > 0)
        {
            record.ListingIds.Add(requestIds.Of(request.ListingId));
        }

        return record;
    }
}
