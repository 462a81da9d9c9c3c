using CreditExchange.AccessLog;
using CreditExchange.AccessLog.Segments;
using CreditExchange.AccessLog.Writing;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Hub.Errors;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Hub.AccessLogs;

/// <summary>For the benchmark that measures what the log costs, in process: no setting turns it off.</summary>
public sealed class AccessLogSwitch
{
    /// <summary>Whether nothing is written down.</summary>
    public bool IsOff { get; init; }
}

/// <summary>
/// Writes everything down before it leaves: no log, no answer. Checks go through <see cref="CheckRecords"/>, the others come
/// here.
/// </summary>
public sealed class AccessRecords(AccessLogWriter log, ILedger ledger, RequestIdText requestIds, AccessLogSwitch access)
{
    /// <summary>Whether nothing is written down: in the benchmark alone.</summary>
    internal bool IsOff => access.IsOff;

    /// <summary>Refuses a call while there is no room for its record.</summary>
    /// <exception cref="RuleViolation">ACCESS_LOG_FULL.</exception>
    public void RequireRoom()
    {
        if (!log.HasRoom)
        {
            throw new RuleViolation(ErrorReason.AccessLogFull);
        }
    }

    /// <summary>Appends a record.</summary>
    /// <returns>Its name.</returns>
    /// <exception cref="RuleViolation">ACCESS_LOG_FULL.</exception>
    public string Append(AccessRecord record)
    {
        if (access.IsOff)
        {
            return "";
        }

        try
        {
            return log.Append(record).ToString();
        }
        catch (AccessLogFullException)
        {
            throw new RuleViolation(ErrorReason.AccessLogFull);
        }
    }

    /// <summary>A call that was refused.</summary>
    public void Refused(CallTrace trace, int code)
    {
        var record = trace.Record();
        record.Code = code;
        record.Reason = trace.Reason == ErrorReason.Unspecified ? "" : ReasonCatalogue.Get(trace.Reason).Name;
        Append(record);
    }

    /// <summary>An item of a stream or an import that was refused.</summary>
    public void RefusedItem(CallTrace trace, long item, string callerRequestId, ErrorReason reason)
    {
        var record = trace.Record();
        record.Item = item;
        record.CallerRequestId = requestIds.Of(callerRequestId);
        SetReason(record, reason);
        Append(record);
    }

    /// <summary>An item of an import that was accepted.</summary>
    public void ImportedItem(CallTrace trace, long item, string callerRequestId, string listingId, ByteString subject, StoredEvent stored)
    {
        var record = trace.Record();
        record.Item = item;
        record.CallerRequestId = requestIds.Of(callerRequestId);
        record.SubjectKey = subject;
        record.ListingIds.Add(listingId);
        record.Position = stored.Position;
        record.LedgerId = ledger.LedgerId;
        Append(record);
    }

    /// <summary>A stream was opened; nothing has been delivered yet.</summary>
    /// <param name="trace">The call.</param>
    /// <param name="from">First position wanted; 0: none.</param>
    public void Opened(CallTrace trace, long from)
    {
        var record = trace.Record();
        record.FromPosition = from;
        record.LedgerId = ledger.LedgerId;
        Append(record);
    }

    /// <summary>A page of a stream is about to be delivered.</summary>
    /// <param name="trace">The call.</param>
    /// <param name="from">First position.</param>
    /// <param name="to">Last position.</param>
    /// <param name="listingIds">The listings whose content is in it.</param>
    public void Delivered(CallTrace trace, long from, long to, IEnumerable<string> listingIds)
    {
        var record = trace.Record();
        record.FromPosition = from;
        record.Position = to;
        record.LedgerId = ledger.LedgerId;
        record.ListingIds.Add(listingIds);
        Append(record);
    }

    /// <summary>Puts a reason and its code into a record.</summary>
    internal static void SetReason(AccessRecord record, ErrorReason reason)
    {
        var entry = ReasonCatalogue.Get(reason);
        record.Reason = entry.Name;
        record.Code = (int)entry.Code;
    }

    /// <summary>The key of a subject as the log keeps it; empty where the number can't be one.</summary>
    public ByteString KeyOf(SubjectId? subject, DateOnly day) =>
        subject is not null && SubjectIds.TryNormalise(subject, "subject", day, out var normal, out _)
            ? KeyOf(ledger.Keys.Subject.Compute(normal))
            : ByteString.Empty;

    /// <summary>A key as the log keeps it.</summary>
    public static ByteString KeyOf(in SubjectKey key) => UnsafeByteOperations.UnsafeWrap(key.ToArray());
}
