using CreditExchange.Domain.Agencies;
using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.Domain.Verdicts;
using CreditExchange.Hub.AccessLogs;
using CreditExchange.Hub.Errors;
using CreditExchange.Hub.Misuse;
using CreditExchange.Hub.Registry;
using CreditExchange.Ledger;
using CreditExchange.Lookup;
using CreditExchange.Lookup.Effects;
using CreditExchange.V1;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Hub.Lookup;

/// <summary>Answers checks from the view: right, purpose, freshness, identifier, verdict, in this order.</summary>
public sealed class SubjectCheck(
    ILedger ledger, LookupView view, MatterPolicies matters, Freshness freshness, CheckRecords records, ListingIds listingIds)
{
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
        // Before the facts are read: what comes in between may make the answer newer than it says, never older.
        var freshAt = view.FreshAt;
        var asOf = view.AsOf();
        var key = Identify(request.Subject, "subject", matter, asker, item > 0, asOf, out var normal);
        var name = NamePrintOf(request.SubjectName);
        var reading = view.Read(key);
        while (reading.KeyVersion != key.Version)
        {
            // The subject key was switched in between.
            key = view.KeyOf(normal, ledger.Keys);
            reading = view.Read(key);
        }

        var result = Evaluate(ref matter, reading, normal.Kind, name, asOf);
        var response = new CheckSubjectResponse
        {
            Verdict = result.Verdict,
            Position = reading.Position,
            AsOf = Timestamp.FromDateTimeOffset(asOf),
            LedgerId = ledger.LedgerId,
            RelyUntil = Timestamp.FromDateTimeOffset(asOf + matter.RelyFor),
            FreshAt = Timestamp.FromDateTimeOffset(freshAt),
        };
        if (result.Consequences.Count > 0)
        {
            var isShown = matter.ShowsMatchesTo(agency.Rights.Recipient);
            AddHits(result, reading, asker.Language, isShown, response.Matches, response.Measures, response.Consequences);
        }

        // The last step: what is written down was answered.
        var asked = new AskedCheck(matter.Policy.Matter.Code, request.Purpose, request.RequestId, item, IsBatch: false);
        var written = records.Answered(asker, asked, key, result, reading, ledger.LedgerId, PersonOf(normal, matter));
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
        var asOf = view.AsOf();
        var isShown = matter.ShowsMatchesTo(agency.Rights.Recipient);
        var asked = new Asked[request.Subjects.Count];
        long position;
        DateTimeOffset freshAt;
        do
        {
            for (var i = 0; i < asked.Length; i++)
            {
                asked[i] = IdentifyItem(request.Subjects[i], i, matter, asker, asOf);
            }
        }
        while (!TryReadAll(asked, out position, out freshAt));

        var response = new BatchCheckSubjectsResponse
        {
            Position = position,
            AsOf = Timestamp.FromDateTimeOffset(asOf),
            FreshAt = Timestamp.FromDateTimeOffset(freshAt),
            RelyUntil = Timestamp.FromDateTimeOffset(asOf + matter.RelyFor),
            LedgerId = ledger.LedgerId,
        };
        response.Results.Capacity = asked.Length;
        CheckName last = default;
        for (var i = 0; i < asked.Length; i++)
        {
            var ask = new AskedCheck(matter.Policy.Matter.Code, request.Purpose, request.RequestId, i + 1, IsBatch: true);
            response.Results.Add(Result(asked[i], ask, ref matter, asOf, asker, isShown, out var name));
            // The name of the call that has a record: this one, unless all of it was repeated.
            last = last.RequestId == asker.Trace.RequestId ? last : name;
        }

        return (response, last);
    }

    private AskableMatter Admit(string code, string purpose, Asker asker, out Agency agency)
    {
        agency = asker.Caller.Require(Scopes.Check);
        var matter = matters.Get(code, view.Catalogue, LegalDay.Of(view.AsOf()));
        if (!AgencyRights.MayAsk(agency, code))
        {
            throw new RuleViolation(ErrorReason.MatterNotPermitted, "", ("matter", code));
        }

        matter.CheckPurpose(purpose);
        return matter;
    }

    private SubjectKey Identify(
        SubjectId? subject, string field, AskableMatter matter, Asker asker, bool isBulk, DateTimeOffset asOf, out SubjectId normal)
    {
        if (subject is null)
        {
            throw new RuleViolation(ErrorReason.Required, field);
        }

        var kind = subject.Kind;
        if (!SubjectIds.TryNormalise(subject, field, LegalDay.Of(asOf), out var made, out var violation))
        {
            throw violation!;
        }

        normal = made!;
        if (!matter.Policy.Takes(kind))
        {
            throw new RuleViolation(ErrorReason.SubjectKind, $"{field}.kind", ("kind", $"{kind}"));
        }

        if (isBulk && SubjectIds.IsNaturalPerson(kind) && !asker.Caller.Has(Scopes.BulkPersons))
        {
            throw new RuleViolation(ErrorReason.ScopeMissing, "", ("scope", Scopes.BulkPersons));
        }

        return view.KeyOf(normal, ledger.Keys);
    }

    private Asked IdentifyItem(SubjectId subject, int index, AskableMatter matter, Asker asker, DateTimeOffset asOf)
    {
        try
        {
            var key = Identify(subject, $"subjects[{index}]", matter, asker, isBulk: true, asOf, out var normal);
            return new Asked { Key = key, Normal = normal };
        }
        catch (RuleViolation violation)
        {
            return new Asked { Fault = violation };
        }
    }

    // False: the subject key was switched since the items were identified.
    private bool TryReadAll(Asked[] asked, out long position, out DateTimeOffset freshAt)
    {
        // Before the facts are read, as for one subject.
        freshAt = view.FreshAt;
        var read = 0L;
        var isOfOneKey = view.ReadTogether(() =>
        {
            read = view.Position;
            foreach (ref var item in asked.AsSpan())
            {
                if (item.Fault is null)
                {
                    if (item.Key.Version != view.KeyVersion)
                    {
                        return false;
                    }

                    item.Reading = view.ReadUnguarded(item.Key);
                }
            }

            return true;
        });
        position = read;
        return isOfOneKey;
    }

    private BatchCheckResult Result(
        in Asked item, in AskedCheck ask, ref AskableMatter matter, DateTimeOffset asOf, Asker asker, bool isShown, out CheckName name)
    {
        if (item.Fault is not null)
        {
            return Refused(item.Fault, ask, asker, out name);
        }

        var result = new BatchCheckResult();
        var verdict = Evaluate(ref matter, item.Reading, item.Normal.Kind, 0, asOf);
        result.Verdict = verdict.Verdict;
        if (verdict.Consequences.Count > 0)
        {
            AddHits(verdict, item.Reading, asker.Language, isShown, result.Matches, result.Measures, result.Consequences);
        }

        try
        {
            name = records.Answered(asker, ask, item.Key, verdict, item.Reading, ledger.LedgerId, PersonOf(item.Normal, matter));
        }
        catch (RuleViolation beyond) when (beyond.Reason is ErrorReason.PersonBudget or ErrorReason.EnumerationSuspected)
        {
            // The others may still be answered: those checked before today, and organisations.
            return Refused(beyond, ask, asker, out name);
        }

        result.CheckId = name.CheckId;
        return result;
    }

    private BatchCheckResult Refused(RuleViolation fault, in AskedCheck ask, Asker asker, out CheckName name)
    {
        name = records.Refused(asker, ask, fault.Reason);
        return new BatchCheckResult
        {
            CheckId = name.CheckId,
            Error = ErrorStatus.Create(fault, asker.Language, asker.Trace.RequestId),
        };
    }

    private static CheckedPerson? PersonOf(SubjectId normal, AskableMatter matter) =>
        SubjectIds.IsNaturalPerson(normal.Kind) ? new CheckedPerson(normal, matter.Policy.Matter) : null;

    // A catalogue that came into force between admission and reading counts: the verdict is the position's.
    private VerdictResult Evaluate(ref AskableMatter matter, in SubjectReading reading, IdKind kind, uint name, DateTimeOffset asOf)
    {
        if (!ReferenceEquals(matter.Catalogue, reading.Catalogue))
        {
            matter = matters.Get(matter.Policy.Matter.Code, reading.Catalogue, LegalDay.Of(asOf));
        }

        return matter.Verdicts.Evaluate(reading, asOf, SubjectIds.HasCheckDigit(kind), name);
    }

    private void AddHits(
        VerdictResult result,
        in SubjectReading reading,
        Language language,
        bool isShown,
        RepeatedField<ListingMatch> matches,
        RepeatedField<string> measures,
        RepeatedField<Consequence> consequences)
    {
        foreach (var consequence in result.Consequences)
        {
            consequences.Add(new Consequence
            {
                Code = consequence.Code,
                Measure = consequence.Measure,
                Basis = consequence.Basis,
                Text = language == Language.Chinese ? consequence.Zh : consequence.En,
            });
        }

        if (!isShown)
        {
            return;
        }

        foreach (var code in result.Measures)
        {
            measures.Add(code);
        }

        foreach (var index in result.Matches)
        {
            var fact = reading.FactAt(index);
            var until = fact.CountsUntilTicks;
            matches.Add(new ListingMatch
            {
                ListingId = listingIds.Format(fact.Entity),
                ListCode = fact.ListCode,
                State = fact.State,
                Role = fact.Role,
                Origin = new Origin { Region = fact.Region, Agency = fact.Agency, Agreement = fact.Agreement },
                Until = until is long.MaxValue or long.MinValue
                    ? null
                    : Timestamp.FromDateTimeOffset(new DateTimeOffset(until, TimeSpan.Zero)),
            });
        }
    }

    private uint NamePrintOf(string name)
    {
        if (name.Length == 0)
        {
            return 0;
        }

        TextRules.Check(name, "subject_name", 200, required: false);
        return SubjectEffect.NamePrintOf(NameTags.Compute(ledger.Keys.Request, name));
    }

    private struct Asked
    {
        public SubjectKey Key;
        public SubjectId Normal;
        public RuleViolation? Fault;
        public SubjectReading Reading;
    }
}
