using CreditExchange.AccessLog.Reading;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.AccessLogs;

/// <summary>Which records a reader wants.</summary>
public sealed class RecordFilter
{
    private readonly ReadAccessLogRequest request;
    private readonly DateTimeOffset from;
    private readonly DateTimeOffset until;
    private readonly string callerRequestId;

    /// <summary>The filter of a request.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="subjects">The keys of its subject, one for each version that the log was written under; the current one first.</param>
    /// <param name="requestIds">Turns request ids into what the log keeps of them.</param>
    /// <exception cref="RuleViolation">DATE_INVALID for a time that is none.</exception>
    public RecordFilter(ReadAccessLogRequest request, IReadOnlyList<SubjectKey> subjects, RequestIdText requestIds)
    {
        this.request = request;
        Subjects = [.. subjects.Select(key => AccessRecords.KeyOf(key))];
        from = Read(request.From, "from") ?? DateTimeOffset.MinValue;
        until = Read(request.Until, "until") ?? DateTimeOffset.MaxValue;
        callerRequestId = requestIds.Of(request.RequestId);
    }

    /// <summary>The keys of the subject, the current one first; empty: any.</summary>
    public IReadOnlyList<ByteString> Subjects { get; }

    /// <summary>The name of the only record wanted; empty: any.</summary>
    public string CheckId => request.CheckId;

    /// <summary>What of it the log's index knows.</summary>
    public AccessLogWish Wish => new(
        request.From is null ? null : from, request.Until is null ? null : until,
        request.RequestId.Length == 0 ? null : (request.RequestId, callerRequestId));

    /// <summary>Whether a record is wanted.</summary>
    public bool Passes(AccessRecord record)
    {
        var at = record.Time.ToDateTimeOffset();
        return at >= from && at < until
            && (request.AgencyId.Length == 0 || record.AgencyId == request.AgencyId)
            && (request.Matter.Length == 0 || record.Matter == request.Matter)
            && (request.Method.Length == 0 || IsMethod(record.Method))
            && (request.RequestId.Length == 0 || record.RequestId == request.RequestId || record.CallerRequestId == callerRequestId)
            && (Subjects.Count == 0 || Subjects.Contains(record.SubjectKey))
            && (request.ListingId.Length == 0 || record.ListingIds.Contains(request.ListingId));
    }

    // "CheckSubject" is a method's name, with or without its service.
    private bool IsMethod(string method) =>
        method == request.Method || method.AsSpan(method.IndexOf('/', StringComparison.Ordinal) + 1).SequenceEqual(request.Method);

    private static DateTimeOffset? Read(Google.Protobuf.WellKnownTypes.Timestamp? time, string field)
    {
        try
        {
            return time?.ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            throw new RuleViolation(ErrorReason.DateInvalid, field);
        }
    }
}
