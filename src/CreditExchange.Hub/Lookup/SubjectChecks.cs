using System.Buffers;
using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Errors;
using CreditExchange.Hub.Misuse;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Lookup;

/// <summary>
/// Answers checks: right, purpose, freshness, identifier, verdict, record, in this order. What is known of a subject is read by
/// the means that the node has.
/// </summary>
public abstract class SubjectChecks(MatterPolicies matters, Freshness freshness, CheckRecords records, HitParts hits)
{
    // A batch names each item by its place; the names are made once.
    private static readonly string[] Places = [.. Enumerable.Range(0, LookupService.LargestBatch).Select(i => $"subjects[{i}]")];

    /// <summary>The catalogue in force now.</summary>
    protected abstract CatalogueIndex Catalogue { get; }

    /// <summary>The agreements in force now.</summary>
    protected abstract RecognitionTable Recognition { get; }

    /// <summary>Makes the prints of names.</summary>
    protected abstract HubKeys Keys { get; }

    /// <summary>Bounds of freshness and of waiting.</summary>
    protected Freshness Freshness => freshness;

    /// <summary>One subject.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="item">Which of many, from 1: natural persons then need a scope of their own; 0: the only one.</param>
    /// <param name="cancellation">The call's token.</param>
    public async ValueTask<(CheckSubjectResponse Response, CheckName Name)> CheckAsync(
        CheckSubjectRequest request, Asker asker, long item, CancellationToken cancellation)
    {
        RequestFields.CheckOptionalId(request.RequestId, "request_id");
        var matter = Admit(request.Matter, request.Purpose, asker, out var agency);
        await freshness.EnsureAsync(
            request.MinPosition, request.LedgerId, request.MaxStaleness, matter.MaxStaleness, asker.Deadline, cancellation);
        var normal = Normalise(request.Subject, "subject", matter, asker, isBulk: item > 0, LegalDay.Of(AsOf()));
        var name = hits.NamePrintOf(request.SubjectName, Keys);
        var read = await ReadAsync(normal, asker, cancellation);
        var result = Evaluate(ref matter, read.Reading, normal.Kind, name, read.AsOf, LegalDay.Of(read.AsOf));
        var response = new CheckSubjectResponse
        {
            Verdict = result.Verdict,
            Position = read.Reading.Position,
            AsOf = Timestamp.FromDateTimeOffset(read.AsOf),
            LedgerId = read.LedgerId,
            RelyUntil = Timestamp.FromDateTimeOffset(read.AsOf + matter.RelyFor),
            FreshAt = Timestamp.FromDateTimeOffset(read.FreshAt),
        };
        if (result.Consequences.Count > 0)
        {
            var isShown = matter.ShowsMatchesTo(agency.Rights.Recipient);
            hits.Add(result, read.Reading, asker.Language, isShown, response.Matches, response.Measures, response.Consequences);
        }

        // The last step: what is written down was answered.
        var asked = new AskedCheck(matter.Policy.Matter.Code, request.Purpose, request.RequestId, item, IsBatch: false);
        var written = records.Answered(asker, asked, read.Key, result, read.Reading, read.LedgerId, PersonOf(normal, matter));
        response.CheckId = written.CheckId;
        return (response, written);
    }

    /// <summary>Many subjects at one position.</summary>
    public async Task<(BatchCheckSubjectsResponse Response, CheckName Name)> CheckBatchAsync(
        BatchCheckSubjectsRequest request, Asker asker, CancellationToken cancellation)
    {
        var matter = Admit(request.Matter, request.Purpose, asker, out var agency);
        await freshness.EnsureAsync(
            request.MinPosition, request.LedgerId, request.MaxStaleness, matter.MaxStaleness, asker.Deadline, cancellation);
        var faults = new RuleViolation?[request.Subjects.Count];
        var subjects = new List<SubjectId>(faults.Length);
        var today = LegalDay.Of(AsOf());
        for (var i = 0; i < faults.Length; i++)
        {
            try
            {
                subjects.Add(Normalise(request.Subjects[i], Places[i], matter, asker, isBulk: true, today));
            }
            catch (RuleViolation violation)
            {
                faults[i] = violation;
            }
        }

        // At a thousand subjects the readings would be a large object each time.
        var keys = ArrayPool<SubjectKey>.Shared.Rent(subjects.Count);
        var readings = ArrayPool<SubjectReading>.Shared.Rent(subjects.Count);
        try
        {
            var read = await ReadManyAsync(subjects, keys, readings, asker, cancellation);
            return Answer(request, asker, agency, matter, faults, subjects, keys, readings, read);
        }
        finally
        {
            ArrayPool<SubjectKey>.Shared.Return(keys);
            ArrayPool<SubjectReading>.Shared.Return(readings, clearArray: true);
        }
    }

    private (BatchCheckSubjectsResponse Response, CheckName Name) Answer(
        BatchCheckSubjectsRequest request,
        Asker asker,
        Agency agency,
        AskableMatter matter,
        RuleViolation?[] faults,
        List<SubjectId> subjects,
        SubjectKey[] keys,
        SubjectReading[] readings,
        in BatchRead read)
    {
        var isShown = matter.ShowsMatchesTo(agency.Rights.Recipient);
        var day = LegalDay.Of(read.AsOf);
        var response = new BatchCheckSubjectsResponse
        {
            Position = read.Position,
            AsOf = Timestamp.FromDateTimeOffset(read.AsOf),
            FreshAt = Timestamp.FromDateTimeOffset(read.FreshAt),
            RelyUntil = Timestamp.FromDateTimeOffset(read.AsOf + matter.RelyFor),
            LedgerId = read.LedgerId,
        };
        response.Results.Capacity = faults.Length;
        var digest = subjects.Count > 0 ? readings[0].Catalogue.Digest : "";
        var record = records.Begin(
            asker, new AskedBatch(matter.Policy.Matter.Code, request.Purpose, request.RequestId, read.Position, read.LedgerId, digest), faults.Length);
        try
        {
            for (int i = 0, place = 0; i < faults.Length; i++)
            {
                var result = new BatchCheckResult();
                var fault = faults[i];
                if (fault is null)
                {
                    fault = AnswerItem(result, i, subjects[place], keys[place], readings[place], read, ref matter, day, asker, isShown, ref record);
                    place++;
                }

                if (fault is not null)
                {
                    record.Refused(i, fault.Reason);
                    result.Error = ErrorStatus.Create(fault, asker.Language, asker.Trace.RequestId);
                }

                response.Results.Add(result);
            }

            return (response, record.End(response.Results));
        }
        finally
        {
            record.Dispose();
        }
    }

    // Why it isn't answered: the others may still be, those checked before today, and organisations.
    private RuleViolation? AnswerItem(
        BatchCheckResult result,
        int index,
        SubjectId normal,
        in SubjectKey key,
        in SubjectReading reading,
        in BatchRead read,
        ref AskableMatter matter,
        DateOnly day,
        Asker asker,
        bool isShown,
        ref BatchRecord record)
    {
        var verdict = Evaluate(ref matter, reading, normal.Kind, 0, read.AsOf, day);
        try
        {
            record.Answered(index, key, verdict, reading, PersonOf(normal, matter));
        }
        catch (RuleViolation beyond) when (beyond.Reason is ErrorReason.PersonBudget or ErrorReason.EnumerationSuspected)
        {
            return beyond;
        }

        result.Verdict = verdict.Verdict;
        if (verdict.Consequences.Count > 0)
        {
            hits.Add(verdict, reading, asker.Language, isShown, result.Matches, result.Measures, result.Consequences);
        }

        return null;
    }

    /// <summary>The time of an evaluation: now, never before what the node knows was recorded, never backwards.</summary>
    protected abstract DateTimeOffset AsOf();

    /// <summary>What is known of one subject.</summary>
    protected abstract ValueTask<CheckRead> ReadAsync(SubjectId normal, Asker asker, CancellationToken cancellation);

    /// <summary>What is known of many, all at one position.</summary>
    /// <param name="normals">The subjects.</param>
    /// <param name="keys">Takes the keys by which they were asked, in the same order; may be longer.</param>
    /// <param name="readings">Takes what is known, in the same order; may be longer.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="cancellation">The call's token.</param>
    protected abstract ValueTask<BatchRead> ReadManyAsync(
        IReadOnlyList<SubjectId> normals, SubjectKey[] keys, SubjectReading[] readings, Asker asker, CancellationToken cancellation);

    private AskableMatter Admit(string code, string purpose, Asker asker, out Agency agency)
    {
        agency = asker.Caller.Require(Scopes.Check);
        var matter = matters.Get(code, Catalogue, Recognition, LegalDay.Of(AsOf()));
        if (!AgencyRights.MayAsk(agency, code))
        {
            throw new RuleViolation(ErrorReason.MatterNotPermitted, "", ("matter", code));
        }

        matter.CheckPurpose(purpose);
        return matter;
    }

    private static SubjectId Normalise(SubjectId? subject, string field, AskableMatter matter, Asker asker, bool isBulk, DateOnly today)
    {
        if (subject is null)
        {
            throw new RuleViolation(ErrorReason.Required, field);
        }

        if (!SubjectIds.TryNormalise(subject, field, today, out var normal, out var violation))
        {
            throw violation!;
        }

        if (!matter.Policy.Takes(subject.Kind))
        {
            throw new RuleViolation(ErrorReason.SubjectKind, $"{field}.kind", ("kind", $"{subject.Kind}"));
        }

        if (isBulk && SubjectIds.IsNaturalPerson(subject.Kind) && !asker.Caller.Has(Scopes.BulkPersons))
        {
            throw new RuleViolation(ErrorReason.ScopeMissing, "", ("scope", Scopes.BulkPersons));
        }

        return normal!;
    }

    // A catalogue or agreement that came into force, or ceased to be, between admission and reading counts, and so does another day.
    private VerdictResult Evaluate(ref AskableMatter matter, in SubjectReading reading, IdKind kind, uint name, DateTimeOffset asOf, DateOnly day)
    {
        if (!matter.IsOf(reading.Catalogue, reading.Recognition, day))
        {
            matter = matters.Get(matter.Policy.Matter.Code, reading.Catalogue, reading.Recognition, day);
        }

        return matter.Verdicts.Evaluate(reading, asOf, SubjectIds.HasCheckDigit(kind), name);
    }

    private static CheckedPerson? PersonOf(SubjectId normal, AskableMatter matter) =>
        SubjectIds.IsNaturalPerson(normal.Kind) ? new CheckedPerson(normal, matter.Policy.Matter) : null;

    /// <summary>What was read of one subject.</summary>
    /// <param name="Reading">What is known.</param>
    /// <param name="Key">The key by which it was asked.</param>
    /// <param name="LedgerId">Ledger of the position.</param>
    /// <param name="FreshAt">When the position was last known to be the head; taken before the reading, so that an answer may be newer
    /// than it says, never older.</param>
    /// <param name="AsOf">The time of the evaluation; taken after it.</param>
    protected readonly record struct CheckRead(
        SubjectReading Reading, SubjectKey Key, string LedgerId, DateTimeOffset FreshAt, DateTimeOffset AsOf);

    /// <summary>What was read of many.</summary>
    /// <param name="Position">The position of all.</param>
    /// <param name="LedgerId">Ledger of the position.</param>
    /// <param name="FreshAt">As of <see cref="CheckRead"/>.</param>
    /// <param name="AsOf">As of <see cref="CheckRead"/>.</param>
    protected readonly record struct BatchRead(long Position, string LedgerId, DateTimeOffset FreshAt, DateTimeOffset AsOf);
}
