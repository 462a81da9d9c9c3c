using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Hub.Lookup;
using CreditExchange.Hub.Metrics;
using CreditExchange.Hub.Misuse;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;

namespace CreditExchange.Hub.AccessLogs;

/// <summary>
/// The one place where a check becomes a record, whichever door it came through. What counts checks of persons is asked here,
/// before the append: it may refuse.
/// </summary>
public sealed class CheckRecords(
    MisuseWatch misuse, AccessRecords records, RepeatedChecks repeated, RequestIdText requestIds, ListingIds listingIds, CheckCounts counts)
{
    private AppendAnswer? append;

    /// <summary>Writes down a subject that was checked, or finds that the same request was written down with the same answer.</summary>
    /// <param name="asker">Who asked.</param>
    /// <param name="asked">What was asked.</param>
    /// <param name="key">The subject.</param>
    /// <param name="result">The verdict.</param>
    /// <param name="reading">What it was given on.</param>
    /// <param name="ledgerId">Ledger of the position.</param>
    /// <param name="person">The subject, where it is a natural person; null: an organisation.</param>
    /// <exception cref="RuleViolation">PERSON_BUDGET, ENUMERATION_SUSPECTED or ACCESS_LOG_FULL.</exception>
    public CheckName Answered(
        Asker asker,
        in AskedCheck asked,
        in SubjectKey key,
        VerdictResult result,
        in SubjectReading reading,
        string ledgerId,
        in CheckedPerson? person)
    {
        if (person is { } natural)
        {
            Count(asker, natural, asked.Purpose, result.Verdict);
        }

        if (records.IsOff)
        {
            return new CheckName("off", asker.Trace.RequestId);
        }

        var answer = new CheckAnswer(
            asker.Trace, asked, requestIds.Of(asked.RequestId), key, person is not null, result.Verdict, reading.Position, ledgerId, reading.Catalogue.Digest, ListingsOf(result, reading));
        Traps.Reach("check.before-record");
        var name = asked.RequestId.Length == 0
            ? new CheckName(Append(answer, repeatOf: ""), asker.Trace.RequestId)
            : repeated.Append(answer, append ??= Append);
        counts.Add(result.Verdict);
        return name;
    }

    /// <summary>Begins the record of a batch. On one thread, with no other record made on it until it is disposed of.</summary>
    /// <param name="asker">Who asked.</param>
    /// <param name="asked">What all of it has in common.</param>
    /// <param name="count">How many subjects.</param>
    public BatchRecord Begin(Asker asker, in AskedBatch asked, int count) => new(this, records, repeated, asker, asked, requestIds.Of(asked.RequestId), count);

    /// <summary>Counts a check of a person, which may refuse it.</summary>
    internal void Count(Asker asker, in CheckedPerson person, string purpose, Verdict verdict) =>
        misuse.Count(asker.Trace, person, purpose, verdict);

    /// <summary>Counts an answer.</summary>
    internal void Answered(Verdict verdict) => counts.Add(verdict);

    internal string[] ListingsOf(VerdictResult result, in SubjectReading reading)
    {
        if (result.Matches.Count == 0)
        {
            return [];
        }

        var listings = new string[result.Matches.Count];
        for (var i = 0; i < listings.Length; i++)
        {
            listings[i] = listingIds.Format(reading.Effects[result.Matches[i]].Entity);
        }

        return listings;
    }

    private string Append(in CheckAnswer answer, string repeatOf)
    {
        var record = AccessRecords.Begin(answer.Trace);
        record.Put(AccessRecord.MatterFieldNumber, answer.Asked.Matter);
        record.Put(AccessRecord.PurposeFieldNumber, answer.Asked.Purpose);
        AccessRecords.PutKey(ref record, answer.Key);
        record.Put(AccessRecord.VerdictFieldNumber, (long)answer.Verdict);
        foreach (var listing in answer.Listings)
        {
            record.Put(AccessRecord.ListingIdsFieldNumber, listing);
        }

        record.Put(AccessRecord.PositionFieldNumber, answer.Position);
        record.Put(AccessRecord.LedgerIdFieldNumber, answer.LedgerId);
        record.Put(AccessRecord.CatalogueDigestFieldNumber, answer.CatalogueDigest);
        record.Put(AccessRecord.CallerRequestIdFieldNumber, answer.CallerRequestId);
        record.Put(AccessRecord.RepeatOfFieldNumber, repeatOf);
        record.Put(AccessRecord.ItemFieldNumber, answer.Asked.Item);
        record.Put(AccessRecord.NaturalPersonFieldNumber, answer.IsPerson ? 1 : 0);
        return records.Append(record).ToString();
    }
}

/// <summary>What was asked of one subject.</summary>
/// <param name="Matter">Code of a matter that the caller may ask in.</param>
/// <param name="Purpose">A purpose that fits the matter.</param>
/// <param name="RequestId">The caller's; may be empty.</param>
/// <param name="Item">Which of many, from 1; 0: the only one.</param>
/// <param name="IsBatch">Whether the request id is the whole batch's.</param>
public readonly record struct AskedCheck(string Matter, string Purpose, string RequestId, long Item, bool IsBatch);

/// <summary>What a check answered, as it is written down.</summary>
internal readonly record struct CheckAnswer(
    CallTrace Trace,
    AskedCheck Asked,
    string CallerRequestId,
    SubjectKey Key,
    bool IsPerson,
    Verdict Verdict,
    long Position,
    string LedgerId,
    string CatalogueDigest,
    string[] Listings);

/// <summary>Writes an answer down.</summary>
/// <returns>Its check_id.</returns>
internal delegate string AppendAnswer(in CheckAnswer answer, string repeatOf);

/// <summary>The record of a check.</summary>
/// <param name="CheckId">Its name.</param>
/// <param name="RequestId">The call that it was written down for: an earlier one for a repeated check.</param>
public readonly record struct CheckName(string CheckId, string RequestId);
