using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Hub.Lookup;
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
public sealed class CheckRecords(MisuseWatch misuse, AccessRecords records, RepeatedChecks repeated, RequestIdText requestIds, ListingIds listingIds)
{
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
            misuse.Count(asker.Trace, natural, asked.Purpose, result.Verdict);
        }

        if (records.IsOff)
        {
            return new CheckName("off", asker.Trace.RequestId);
        }

        var record = Start(asker, asked);
        record.SubjectKey = AccessRecords.KeyOf(key);
        record.NaturalPerson = person is not null;
        record.Verdict = result.Verdict;
        record.Position = reading.Position;
        record.LedgerId = ledgerId;
        record.CatalogueDigest = reading.Catalogue.Digest;
        foreach (var index in result.Matches)
        {
            record.ListingIds.Add(listingIds.Format(reading.Effects[index].Entity));
        }

        Traps.Reach("check.before-record");
        return asked.RequestId.Length == 0
            ? new CheckName(records.Append(record), record.RequestId)
            : repeated.Append(record, asked, records.Append);
    }

    /// <summary>Writes down a check of many that was refused for itself.</summary>
    /// <exception cref="RuleViolation">ACCESS_LOG_FULL.</exception>
    public CheckName Refused(Asker asker, in AskedCheck asked, ErrorReason reason)
    {
        var record = Start(asker, asked);
        AccessRecords.SetReason(record, reason);
        return new CheckName(records.Append(record), record.RequestId);
    }

    private AccessRecord Start(Asker asker, in AskedCheck asked)
    {
        var record = asker.Trace.Record();
        record.Matter = asked.Matter;
        record.Purpose = asked.Purpose;
        record.Item = asked.Item;
        record.CallerRequestId = requestIds.Of(asked.RequestId);
        return record;
    }
}

/// <summary>What was asked of one subject.</summary>
/// <param name="Matter">Code of a matter that the caller may ask in.</param>
/// <param name="Purpose">A purpose that fits the matter.</param>
/// <param name="RequestId">The caller's; may be empty.</param>
/// <param name="Item">Which of many, from 1; 0: the only one.</param>
/// <param name="IsBatch">Whether the request id is the whole batch's.</param>
public readonly record struct AskedCheck(string Matter, string Purpose, string RequestId, long Item, bool IsBatch);

/// <summary>The record of a check.</summary>
/// <param name="CheckId">Its name.</param>
/// <param name="RequestId">The call that it was written down for: an earlier one for a repeated check.</param>
public readonly record struct CheckName(string CheckId, string RequestId);
