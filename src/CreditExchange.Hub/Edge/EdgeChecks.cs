using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Errors;
using CreditExchange.Hub.Lookup;
using CreditExchange.Hub.Misuse;
using CreditExchange.Hub.Registry;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Edge;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Edge;

/// <summary>Answers checks on an edge node, by the same steps as a full one: right, purpose, freshness, identifier, verdict.</summary>
public sealed class EdgeChecks(
    EdgeView view, EdgeReader reader, MatterPolicies matters, Freshness freshness, CheckRecords records, HitParts hits) : ISubjectChecks
{
    // A state ends when the subject key is switched; twice during one call it never is.
    private const int MostStates = 3;

    /// <inheritdoc/>
    public async ValueTask<(CheckSubjectResponse Response, CheckName Name)> CheckAsync(
        CheckSubjectRequest request, Asker asker, long item, CancellationToken cancellation)
    {
        RequestFields.CheckOptionalId(request.RequestId, "request_id");
        var matter = Admit(request.Matter, request.Purpose, asker, out var agency);
        await freshness.EnsureAsync(
            request.MinPosition, request.LedgerId, request.MaxStaleness, matter.MaxStaleness, asker.Deadline, cancellation);
        var normal = Normalise(request.Subject, "subject", matter, asker, item > 0);
        var name = hits.NamePrintOf(request.SubjectName, view.State.Keys);
        var read = await ReadAsync([normal], asker, cancellation);
        var (reading, asOf) = (read.Readings[0], read.AsOf);
        var result = Evaluate(ref matter, reading, normal.Kind, name, asOf);
        var response = new CheckSubjectResponse
        {
            Verdict = result.Verdict,
            Position = reading.Position,
            AsOf = Timestamp.FromDateTimeOffset(asOf),
            LedgerId = read.State.LedgerId,
            RelyUntil = Timestamp.FromDateTimeOffset(asOf + matter.RelyFor),
            FreshAt = Timestamp.FromDateTimeOffset(read.FreshAt),
        };
        hits.Add(
            result, reading, asker.Language, matter.ShowsMatchesTo(agency.Rights.Recipient),
            response.Matches, response.Measures, response.Consequences);

        // The last step: what is written down was answered.
        var asked = new AskedCheck(matter.Policy.Matter.Code, request.Purpose, request.RequestId, item, IsBatch: false);
        var written = records.Answered(asker, asked, read.Keys[0], result, reading, read.State.LedgerId, PersonOf(normal, matter));
        response.CheckId = written.CheckId;
        return (response, written);
    }

    /// <inheritdoc/>
    public async Task<(BatchCheckSubjectsResponse Response, CheckName Name)> CheckBatchAsync(
        BatchCheckSubjectsRequest request, Asker asker, CancellationToken cancellation)
    {
        var matter = Admit(request.Matter, request.Purpose, asker, out var agency);
        await freshness.EnsureAsync(
            request.MinPosition, request.LedgerId, request.MaxStaleness, matter.MaxStaleness, asker.Deadline, cancellation);
        var faults = new RuleViolation?[request.Subjects.Count];
        var places = new int[faults.Length];
        var subjects = new List<SubjectId>(faults.Length);
        for (var i = 0; i < faults.Length; i++)
        {
            try
            {
                var normal = Normalise(request.Subjects[i], $"subjects[{i}]", matter, asker, isBulk: true);
                places[i] = subjects.Count;
                subjects.Add(normal);
            }
            catch (RuleViolation violation)
            {
                faults[i] = violation;
            }
        }

        var read = await ReadAsync(subjects, asker, cancellation);
        var response = new BatchCheckSubjectsResponse
        {
            Position = read.Position,
            AsOf = Timestamp.FromDateTimeOffset(read.AsOf),
            FreshAt = Timestamp.FromDateTimeOffset(read.FreshAt),
            RelyUntil = Timestamp.FromDateTimeOffset(read.AsOf + matter.RelyFor),
            LedgerId = read.State.LedgerId,
        };
        CheckName last = default;
        for (var i = 0; i < faults.Length; i++)
        {
            var asked = new AskedCheck(matter.Policy.Matter.Code, request.Purpose, request.RequestId, i + 1, IsBatch: true);
            CheckName name;
            response.Results.Add(faults[i] is { } fault
                ? Refused(fault, asked, asker, out name)
                : Result(subjects[places[i]], read, places[i], asked, ref matter, asker, agency, out name));
            // The name of the call that has a record: this one, unless all of it was repeated.
            last = last.RequestId == asker.Trace.RequestId ? last : name;
        }

        return (response, last);
    }

    private AskableMatter Admit(string code, string purpose, Asker asker, out Agency agency)
    {
        agency = asker.Caller.Require(Scopes.Check);
        var matter = matters.Get(code, view.State.Catalogue.Index, LegalDay.Of(view.AsOf()));
        if (!AgencyRights.MayAsk(agency, code))
        {
            throw new RuleViolation(ErrorReason.MatterNotPermitted, "", ("matter", code));
        }

        matter.CheckPurpose(purpose);
        return matter;
    }

    private SubjectId Normalise(SubjectId? subject, string field, AskableMatter matter, Asker asker, bool isBulk)
    {
        if (subject is null)
        {
            throw new RuleViolation(ErrorReason.Required, field);
        }

        if (!SubjectIds.TryNormalise(subject, field, LegalDay.Of(view.AsOf()), out var normal, out var violation))
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

    private async ValueTask<ReadAt> ReadAsync(List<SubjectId> subjects, Asker asker, CancellationToken cancellation)
    {
        // Before the facts are read: what comes in between may make the answer newer than it says, never older.
        var freshAt = view.FreshAt;
        try
        {
            for (var n = 0; n < MostStates; n++)
            {
                var state = view.State;
                var keyer = state.Keys.Subjects.Of(state.KeyVersion)!;
                var keys = new SubjectKey[subjects.Count];
                for (var i = 0; i < keys.Length; i++)
                {
                    keys[i] = keyer.Compute(subjects[i]);
                }

                var left = freshness.Left(asker.Deadline);
                if (left <= TimeSpan.Zero)
                {
                    break;
                }

                if (await reader.ReadAsync(state, keys, left, cancellation) is { } readings)
                {
                    return new ReadAt(state, keys, readings, readings.Length > 0 ? readings[0].Position : state.Position, freshAt, view.AsOf());
                }
            }
        }
        catch (UpstreamException)
        {
            throw new RuleViolation(ErrorReason.UpstreamUnavailable);
        }

        throw new RuleViolation(ErrorReason.NotFresh, "", ("position", $"{view.Position}"));
    }

    private BatchCheckResult Result(
        SubjectId normal, in ReadAt read, int place, in AskedCheck asked, ref AskableMatter matter, Asker asker, Agency agency, out CheckName name)
    {
        var reading = read.Readings[place];
        var verdict = Evaluate(ref matter, reading, normal.Kind, 0, read.AsOf);
        var result = new BatchCheckResult { Verdict = verdict.Verdict };
        hits.Add(
            verdict, reading, asker.Language, matter.ShowsMatchesTo(agency.Rights.Recipient),
            result.Matches, result.Measures, result.Consequences);
        try
        {
            name = records.Answered(asker, asked, read.Keys[place], verdict, reading, read.State.LedgerId, PersonOf(normal, matter));
        }
        catch (RuleViolation beyond) when (beyond.Reason is ErrorReason.PersonBudget or ErrorReason.EnumerationSuspected)
        {
            // The others may still be answered: those checked before today, and organisations.
            return Refused(beyond, asked, asker, out name);
        }

        result.CheckId = name.CheckId;
        return result;
    }

    private BatchCheckResult Refused(RuleViolation fault, in AskedCheck asked, Asker asker, out CheckName name)
    {
        name = records.Refused(asker, asked, fault.Reason);
        return new BatchCheckResult
        {
            CheckId = name.CheckId,
            Error = ErrorStatus.Create(fault, asker.Language, asker.Trace.RequestId),
        };
    }

    private static CheckedPerson? PersonOf(SubjectId normal, AskableMatter matter) =>
        SubjectIds.IsNaturalPerson(normal.Kind) ? new CheckedPerson(normal, matter.Policy.Matter) : null;

    // A catalogue that came into force between admission and reading counts, and so does another day.
    private VerdictResult Evaluate(ref AskableMatter matter, in SubjectReading reading, IdKind kind, uint name, DateTimeOffset asOf)
    {
        if (!ReferenceEquals(matter.Catalogue, reading.Catalogue) || matter.Policy.Day != LegalDay.Of(asOf))
        {
            matter = matters.Get(matter.Policy.Matter.Code, reading.Catalogue, LegalDay.Of(asOf));
        }

        return matter.Verdicts.Evaluate(reading, asOf, SubjectIds.HasCheckDigit(kind), name);
    }

    private readonly record struct ReadAt(
        EdgeState State, SubjectKey[] Keys, SubjectReading[] Readings, long Position, DateTimeOffset FreshAt, DateTimeOffset AsOf);
}
