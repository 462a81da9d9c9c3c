using CreditExchange.AccessLog.Writing;
using CreditExchange.V1;

namespace CreditExchange.AccessLog.Tests;

/// <summary>Makes a record as bytes, field by field, as the hub does.</summary>
internal static class RecordWriting
{
    /// <summary>A record's bytes.</summary>
    /// <param name="record">The record.</param>
    /// <param name="itemsAt">Takes where each of its items begins.</param>
    public static RecordBytes Bytes(AccessRecord record, List<int>? itemsAt = null)
    {
        var bytes = RecordBytes.Begin();
        Put(ref bytes, record);
        foreach (var item in record.Items)
        {
            itemsAt?.Add(bytes.Length);
            var start = bytes.BeginMessage(AccessRecord.ItemsFieldNumber);
            Put(ref bytes, item);
            bytes.EndMessage(start);
        }

        return bytes;
    }

    private static void Put(ref RecordBytes to, AccessRecord record)
    {
        to.Put(AccessRecord.RequestIdFieldNumber, record.RequestId);
        to.Put(AccessRecord.MethodFieldNumber, record.Method);
        to.Put(AccessRecord.AgencyIdFieldNumber, record.AgencyId);
        to.Put(AccessRecord.MatterFieldNumber, record.Matter);
        to.Put(AccessRecord.PurposeFieldNumber, record.Purpose);
        to.Put(AccessRecord.SubjectKeyFieldNumber, record.SubjectKey.Span);
        to.Put(AccessRecord.VerdictFieldNumber, (long)record.Verdict);
        to.Put(AccessRecord.CodeFieldNumber, record.Code);
        to.Put(AccessRecord.ReasonFieldNumber, record.Reason);
        foreach (var listing in record.ListingIds)
        {
            to.Put(AccessRecord.ListingIdsFieldNumber, listing);
        }

        to.Put(AccessRecord.PositionFieldNumber, record.Position);
        to.Put(AccessRecord.FromPositionFieldNumber, record.FromPosition);
        to.Put(AccessRecord.LedgerIdFieldNumber, record.LedgerId);
        to.Put(AccessRecord.CatalogueDigestFieldNumber, record.CatalogueDigest);
        to.Put(AccessRecord.CallerRequestIdFieldNumber, record.CallerRequestId);
        to.Put(AccessRecord.RepeatOfFieldNumber, record.RepeatOf);
        to.Put(AccessRecord.AboutAgencyIdFieldNumber, record.AboutAgencyId);
        to.Put(AccessRecord.ItemFieldNumber, record.Item);
        to.Put(AccessRecord.NaturalPersonFieldNumber, record.NaturalPerson ? 1 : 0);
    }
}
