using CreditExchange.AccessLog.Writing;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Hub.Errors;
using CreditExchange.Hub.Lookup;
using CreditExchange.Hub.Misuse;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf.Collections;

namespace CreditExchange.Hub.AccessLogs;

/// <summary>
/// The record of a batch while it is made: what all items have in common stands in it once, and it is hashed and written once. An item
/// costs a tenth of a record of its own.
/// </summary>
public ref struct BatchRecord
{
    // A longer one is written in parts, so that a segment's rest always takes it.
    private const int Longest = 64 << 10;

    private readonly CheckRecords checks;
    private readonly AccessRecords records;
    private readonly RepeatedChecks repeated;
    private readonly Asker asker;
    private readonly AskedBatch asked;
    private readonly string callerRequestId;
    private readonly CheckName[] names;
    private readonly int[] places;
    private readonly List<(int Index, CheckAnswer Answer, string FirstId)>? answers;
    private readonly Lock.Scope held;
    private RecordBytes record;
    private int items;
    private int written;

    internal BatchRecord(
        CheckRecords checks, AccessRecords records, RepeatedChecks repeated, Asker asker, in AskedBatch asked, string callerRequestId, int count)
    {
        (this.checks, this.records, this.repeated) = (checks, records, repeated);
        (this.asker, this.asked, this.callerRequestId) = (asker, asked, callerRequestId);
        names = new CheckName[count];
        places = new int[count];
        if (callerRequestId.Length > 0)
        {
            answers = [];
            held = repeated.Hold();
        }
    }

    /// <summary>Lets others' repeated checks go on.</summary>
    public readonly void Dispose()
    {
        if (answers is not null)
        {
            held.Dispose();
        }
    }

    /// <summary>An item that was checked.</summary>
    /// <param name="index">Which, from 0, in order.</param>
    /// <param name="key">The subject.</param>
    /// <param name="result">The verdict.</param>
    /// <param name="reading">What it was given on.</param>
    /// <param name="person">The subject, where it is a natural person; null: an organisation.</param>
    /// <exception cref="RuleViolation">PERSON_BUDGET or ENUMERATION_SUSPECTED: it isn't answered. ACCESS_LOG_FULL.</exception>
    public void Answered(int index, in SubjectKey key, VerdictResult result, in SubjectReading reading, in CheckedPerson? person)
    {
        if (person is { } natural)
        {
            checks.Count(asker, natural, asked.Purpose, result.Verdict);
        }

        var listings = checks.ListingsOf(result, reading);
        var firstId = "";
        if (answers is not null)
        {
            var answer = new CheckAnswer(
                asker.Trace, new AskedCheck(asked.Matter, asked.Purpose, asked.RequestId, index + 1, IsBatch: true), callerRequestId, key,
                person is not null, result.Verdict, asked.Position, asked.LedgerId, asked.CatalogueDigest, listings);
            if (repeated.Find(answer, out firstId) is { } known)
            {
                names[index] = known;
                return;
            }

            answers.Add((index, answer, firstId));
        }

        var start = BeginItem(index);
        AccessRecords.PutKey(ref record, key);
        record.Put(AccessRecord.VerdictFieldNumber, (long)result.Verdict);
        foreach (var listing in listings)
        {
            record.Put(AccessRecord.ListingIdsFieldNumber, listing);
        }

        record.Put(AccessRecord.RepeatOfFieldNumber, firstId);
        record.Put(AccessRecord.ItemFieldNumber, index + 1);
        record.Put(AccessRecord.NaturalPersonFieldNumber, person is null ? 0 : 1);
        record.EndMessage(start);
    }

    /// <summary>An item that was refused for itself.</summary>
    /// <param name="index">Which, from 0, in order.</param>
    /// <param name="reason">Why.</param>
    /// <exception cref="RuleViolation">ACCESS_LOG_FULL.</exception>
    public void Refused(int index, ErrorReason reason)
    {
        var entry = ReasonCatalogue.Get(reason);
        var start = BeginItem(index);
        record.Put(AccessRecord.CodeFieldNumber, (int)entry.Code);
        record.Put(AccessRecord.ReasonFieldNumber, entry.Name);
        record.Put(AccessRecord.ItemFieldNumber, index + 1);
        record.EndMessage(start);
    }

    /// <summary>Writes it down, and names each answer by its place.</summary>
    /// <returns>The name of the call that has a record: this one, unless all of it was repeated.</returns>
    /// <exception cref="RuleViolation">ACCESS_LOG_FULL.</exception>
    public CheckName End(RepeatedField<BatchCheckResult> results)
    {
        Append(names.Length);
        foreach (var (index, answer, firstId) in answers ?? [])
        {
            repeated.Remember(answer, names[index], firstId);
        }

        var own = names[0];
        for (var i = 0; i < names.Length; i++)
        {
            results[i].CheckId = names[i].CheckId;
            own = names[i].RequestId == asker.Trace.RequestId ? names[i] : own;
            if (results[i].Error is null)
            {
                checks.Answered(results[i].Verdict);
            }
        }

        return own;
    }

    private int BeginItem(int index)
    {
        if (items > 0 && record.Length > Longest)
        {
            Append(index);
        }

        if (items++ == 0)
        {
            record = AccessRecords.Begin(asker.Trace);
            record.Put(AccessRecord.MatterFieldNumber, asked.Matter);
            record.Put(AccessRecord.PurposeFieldNumber, asked.Purpose);
            record.Put(AccessRecord.PositionFieldNumber, asked.Position);
            record.Put(AccessRecord.LedgerIdFieldNumber, asked.LedgerId);
            record.Put(AccessRecord.CatalogueDigestFieldNumber, asked.CatalogueDigest);
            record.Put(AccessRecord.CallerRequestIdFieldNumber, callerRequestId);
        }

        places[index] = record.Length;
        return record.BeginMessage(AccessRecord.ItemsFieldNumber);
    }

    // What was begun and not yet written, up to an item.
    private void Append(int until)
    {
        if (items == 0)
        {
            written = until;
            return;
        }

        Ledger.Traps.Reach("batch.before-record");
        var isOff = records.IsOff;
        var place = isOff ? default : records.AppendItems(record, items);
        for (; written < until; written++)
        {
            // Else it was repeated, and has its name.
            if (places[written] > 0)
            {
                var checkId = isOff ? "off" : (place with { Offset = place.Offset + places[written] }).ToString();
                names[written] = new CheckName(checkId, asker.Trace.RequestId);
            }
        }

        items = 0;
    }
}

/// <summary>What the items of a batch have in common.</summary>
/// <param name="Matter">Code of a matter that the caller may ask in.</param>
/// <param name="Purpose">A purpose that fits the matter.</param>
/// <param name="RequestId">The caller's; may be empty.</param>
/// <param name="Position">Position that the answers reflect.</param>
/// <param name="LedgerId">Its ledger.</param>
/// <param name="CatalogueDigest">Digest of the catalogue that they were given by.</param>
public readonly record struct AskedBatch(
    string Matter, string Purpose, string RequestId, long Position, string LedgerId, string CatalogueDigest);
