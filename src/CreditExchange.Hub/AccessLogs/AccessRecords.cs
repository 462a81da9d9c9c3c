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

    /// <summary>Begins a record as bytes, with the call and who makes it.</summary>
    internal static RecordBytes Begin(CallTrace trace)
    {
        var record = RecordBytes.Begin();
        record.Put(AccessRecord.RequestIdFieldNumber, trace.RequestId);
        record.Put(AccessRecord.MethodFieldNumber, trace.Method);
        record.Put(AccessRecord.AgencyIdFieldNumber, trace.AgencyId);
        return record;
    }

    /// <summary>Appends a record that was made as bytes.</summary>
    /// <returns>Its place.</returns>
    /// <exception cref="RuleViolation">ACCESS_LOG_FULL.</exception>
    internal RecordPlace Append(in RecordBytes record)
    {
        try
        {
            return log.Append(record);
        }
        catch (AccessLogFullException)
        {
            throw new RuleViolation(ErrorReason.AccessLogFull);
        }
    }

    /// <summary>Appends a record of items that was made as bytes.</summary>
    /// <returns>The place of its first byte.</returns>
    /// <exception cref="RuleViolation">ACCESS_LOG_FULL.</exception>
    internal RecordPlace AppendItems(in RecordBytes record, int items)
    {
        try
        {
            return log.AppendItems(record, items);
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
    /// <param name="trace">The call.</param>
    /// <param name="item">Which item, from 1.</param>
    /// <param name="callerRequestId">The item's.</param>
    /// <param name="listingId">The listing.</param>
    /// <param name="subject">Its subject; null where the item's can't be one.</param>
    /// <param name="stored">The event written.</param>
    /// <exception cref="RuleViolation">ACCESS_LOG_FULL.</exception>
    public void ImportedItem(CallTrace trace, long item, string callerRequestId, string listingId, SubjectKey? subject, StoredEvent stored)
    {
        if (access.IsOff)
        {
            return;
        }

        var record = Begin(trace);
        if (subject is { } key)
        {
            PutKey(ref record, key);
        }

        record.Put(AccessRecord.ListingIdsFieldNumber, listingId);
        record.Put(AccessRecord.PositionFieldNumber, stored.Position);
        record.Put(AccessRecord.LedgerIdFieldNumber, ledger.LedgerId);
        record.Put(AccessRecord.CallerRequestIdFieldNumber, requestIds.Of(callerRequestId));
        record.Put(AccessRecord.ItemFieldNumber, item);
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

    /// <summary>The key of a subject as the log keeps it; null where the number can't be one.</summary>
    public SubjectKey? KeyOf(SubjectId? subject, DateOnly day) =>
        subject is not null && SubjectIds.TryNormalise(subject, "subject", day, out var normal, out _)
            ? ledger.Keys.Subject.Compute(normal)
            : null;

    /// <summary>A key as the log keeps it.</summary>
    public static ByteString KeyOf(in SubjectKey key) => UnsafeByteOperations.UnsafeWrap(key.ToArray());

    /// <summary>Puts a subject's key into a record.</summary>
    internal static void PutKey(ref RecordBytes record, in SubjectKey key)
    {
        Span<byte> bytes = stackalloc byte[SubjectKey.Length];
        key.WriteTo(bytes);
        record.Put(AccessRecord.SubjectKeyFieldNumber, bytes);
    }
}
