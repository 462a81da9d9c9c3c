using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Listings;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using static CreditExchange.Domain.Tests.Listings.ListingSamples;

namespace CreditExchange.Domain.Tests.Listings;

public class PublishTests
{
    public static TheoryData<string> AllLists => [.. Shipped.Catalogue.ListKinds.Select(k => k.Code).Distinct()];

    [Theory]
    [MemberData(nameof(AllLists))]
    public void What_the_contract_names_is_accepted_for_every_list(string list)
    {
        var kind = Shipped.ListKind(list, new DateOnly(2026, 6, 1))!;
        var listing = Published(list, kind.SubjectKinds.Contains(IdKind.Uscc) ? Uscc() : Resident());
        Assert.Equal(ListingState.Active, listing.State);
        Assert.Equal(1, listing.Revision);
        Assert.Equal(kind.DefaultMeasures, listing.Measures);
        Assert.Equal(listing.Measures, listing.AppliedMeasures.Select(m => m.Code));
        Assert.Equal(LegalTexts.Citation(kind.Basis), listing.LegalBasis);
        Assert.True(listing.Effects.Measures.On);
        Assert.Equal(new Origin { Region = "460000", Agency = "hainan-high-court" }, listing.Origin);
        Assert.Equal("", listing.ListingId);
    }

    [Fact]
    public void Output_only_fields_are_ignored_and_the_request_is_left_alone()
    {
        var request = Request();
        request.ListingId = "x";
        request.Revision = 7;
        request.State = ListingState.Repaired;
        request.Origin = new Origin { Agency = "somebody" };
        request.AppliedMeasures.Add(new AppliedMeasure { Code = "x" });
        var before = request.Clone();
        var listing = ListingRules.Publish(request, Context);
        Assert.Equal(before, request);
        Assert.Equal(ListingRules.Publish(Request(), Context), listing);
    }

    [Fact]
    public void A_number_is_normalised() =>
        Assert.Equal(Company, ListingRules.Publish(Request(subject: new SubjectId { Kind = IdKind.Uscc, Number = "９1350100m000100y43" }), Context).Subject.Number);

    [Fact]
    public void The_term_is_computed_from_the_catalogue()
    {
        // Customs ban: 36 months from the decision, day 1 excluded, ends at 24:00.
        var listing = Published("customs.dutyfree-ban", Resident());
        Assert.Equal(LegalDay.StartTimestamp(new DateOnly(2029, 6, 2)), listing.EffectiveUntil);
        Assert.Equal(listing.EffectiveUntil, listing.AppliedMeasures[0].Until);
        Assert.Null(Published("market.abnormal-operation").EffectiveUntil);
    }

    [Fact]
    public void A_begin_ahead_makes_it_scheduled()
    {
        var request = Request();
        request.EffectiveFrom = Stamp(Now.AddDays(3));
        var listing = ListingRules.Publish(request, Context);
        Assert.Equal(ListingState.Scheduled, listing.State);
        Assert.False(listing.Effects.Measures.On);
        Assert.Equal(request.EffectiveFrom, listing.Effects.Measures.From);
        Assert.Equal(Now.AddDays(3), ListingTimes.NextDue(listing));
    }

    public static TheoryData<string, ErrorReason, string> Faults => new()
    {
        { "no-source-ref", ErrorReason.Required, "listing.source_ref" },
        { "long-source-ref", ErrorReason.TooLong, "listing.source_ref" },
        { "unknown-list", ErrorReason.ListUnknown, "listing.list_code" },
        { "no-subject", ErrorReason.Required, "listing.subject" },
        { "bad-number", ErrorReason.UsccCheckDigit, "listing.subject.number" },
        { "no-name", ErrorReason.Required, "listing.subject_name" },
        { "direction-mark", ErrorReason.TextInvalid, "listing.subject_name" },
        { "no-reason", ErrorReason.Required, "listing.reason" },
        { "no-document", ErrorReason.Required, "listing.document" },
        { "no-day", ErrorReason.Required, "listing.document.decided_on" },
        { "no-calendar-day", ErrorReason.DateInvalid, "listing.document.decided_on" },
        { "tomorrow", ErrorReason.DateImpossible, "listing.document.decided_on" },
        { "before-1949", ErrorReason.DateImpossible, "listing.document.decided_on" },
        { "before-the-law", ErrorReason.NoLegalBasis, "listing.document.decided_on" },
        { "conduct-after-decision", ErrorReason.DateImpossible, "listing.conduct_on" },
        { "served-before-decision", ErrorReason.DateImpossible, "listing.notice.served_on" },
        { "from-in-year-0", ErrorReason.DateImpossible, "listing.effective_from" },
        { "until-in-year-9999", ErrorReason.DateImpossible, "listing.effective_until" },
        { "nanos", ErrorReason.DateImpossible, "listing.effective_until" },
        { "until-before-from", ErrorReason.DateImpossible, "listing.effective_until" },
        { "until-past", ErrorReason.DateImpossible, "listing.effective_until" },
        { "unknown-measure", ErrorReason.MeasureUnknown, "listing.measures[0]" },
        { "wider-measure", ErrorReason.MeasureNotAllowed, "listing.measures[1]" },
        { "grade", ErrorReason.GradeUnknown, "listing.grade" },
        { "role", ErrorReason.RoleUnknown, "listing.related_persons[0].role" },
        { "persons", ErrorReason.TooLong, "listing.related_persons" },
        { "ids", ErrorReason.TooLong, "listing.other_ids" },
        { "person-with-company", ErrorReason.SubjectKind, "listing.other_ids[0]" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_refused_with_its_reason_and_field(string fault, ErrorReason reason, string field)
    {
        var request = Request();
        Break(request, fault);
        Refused(reason, field, () => ListingRules.Publish(request, Context));
    }

    [Theory]
    [InlineData("served_on")]
    [InlineData("manner")]
    [InlineData("remedies")]
    public void A_list_that_requires_notice_names_the_missing_part(string part)
    {
        var request = Request("tax.major-violation");
        Notice.Descriptor.FindFieldByName(part).Accessor.Clear(request.Notice);
        Refused(ErrorReason.NoticeRequired, "listing.notice." + part, () => ListingRules.Publish(request, Context));
    }

    [Fact]
    public void A_term_longer_than_the_list_allows_is_refused_to_the_instant()
    {
        var request = Request("customs.dutyfree-ban", Resident());
        request.EffectiveUntil = LegalDay.StartTimestamp(new DateOnly(2029, 6, 2));
        ListingRules.Publish(request, Context);
        request.EffectiveUntil.Seconds++;
        var violation = Refused(ErrorReason.TermTooLong, "listing.effective_until", () => ListingRules.Publish(request, Context));
        Assert.Equal("36", violation.Facts["limit_months"]);
    }

    [Theory]
    [InlineData(2008, 4, 30, true)]
    [InlineData(2008, 5, 1, false)] // the eighteenth birthday itself: full years are reached on the day after
    [InlineData(2012, 1, 1, false)]
    public void Who_was_under_age_at_the_conduct_is_refused(int year, int month, int day, bool accepted)
    {
        var request = Request(Court, Born(year, month, day));
        if (accepted)
        {
            ListingRules.Publish(request, Context);
        }
        else
        {
            Refused(ErrorReason.SubjectUnderAge, "listing.conduct_on", () => ListingRules.Publish(request, Context));
        }
    }

    [Fact]
    public void Without_a_basis_a_natural_person_is_never_published()
    {
        var request = Request("tax.major-violation", Resident());
        var quiet = ListingRules.Publish(request, Context);
        Assert.False(quiet.Effects.Publication.On);
        Assert.Null(quiet.Effects.Publication.From);
        Assert.True(quiet.Effects.Sharing.On);
        request.PersonalPublicationBasis = "某条例 第一条";
        Assert.True(ListingRules.Publish(request, Context).Effects.Publication.On);
    }

    [Fact]
    public void Measures_can_be_narrowed_and_are_kept_once()
    {
        var request = Request();
        request.Measures.Add(["procurement.no-bid", "procurement.no-bid"]);
        Assert.Equal("procurement.no-bid", Assert.Single(ListingRules.Publish(request, Context).AppliedMeasures).Code);
    }

    [Fact]
    public void Damaged_requests_are_refused_by_rule_and_never_crash()
    {
        var random = new Random(20260615);
        var valid = Google.Protobuf.MessageExtensions.ToByteArray(Request(Court, Resident()));
        var judged = 0;
        for (var round = 0; round < 5000; round++)
        {
            var bytes = (byte[])valid.Clone();
            for (var i = 0; i <= random.Next(4); i++)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            Listing damaged;
            try
            {
                damaged = Listing.Parser.ParseFrom(bytes);
            }
            catch (Google.Protobuf.InvalidProtocolBufferException)
            {
                continue;
            }

            judged++;
            try
            {
                ListingRules.Publish(damaged, Context);
            }
            catch (Errors.RuleViolation violation)
            {
                Assert.NotEqual("", violation.Field);
            }
        }

        Assert.True(judged > 100);
    }

    private static void Break(Listing request, string fault)
    {
        var person = new RelatedPerson { Name = "样例", Role = "legal-representative" };
        switch (fault)
        {
            case "no-source-ref": request.SourceRef = " "; break;
            case "long-source-ref": request.SourceRef = new string('a', 129); break;
            case "unknown-list": request.ListCode = "no.such"; break;
            case "no-subject": request.Subject = null; break;
            case "bad-number": request.Subject.Number = "91350100M000100Y4Z"; break;
            case "no-name": request.SubjectName = ""; break;
            case "direction-mark": request.SubjectName = "样\u202E例"; break;
            case "no-reason": request.Reason = ""; break;
            case "no-document": request.Document = null; break;
            case "no-day": request.Document.DecidedOn = ""; break;
            case "no-calendar-day": request.Document.DecidedOn = "2026-02-30"; break;
            case "tomorrow": request.Document.DecidedOn = "2026-06-16"; break;
            case "before-1949": request.Document.DecidedOn = "0001-01-01"; break;
            case "before-the-law": request.Document.DecidedOn = "2013-09-30"; request.ConductOn = ""; break;
            case "conduct-after-decision": request.ConductOn = "2026-06-02"; break;
            case "served-before-decision": request.Notice.ServedOn = "2026-05-31"; break;
            case "from-in-year-0": request.EffectiveFrom = new Timestamp { Seconds = -62_200_000_000 }; break;
            case "until-in-year-9999": request.EffectiveUntil = new Timestamp { Seconds = 253_402_300_799 }; break;
            case "nanos": request.EffectiveUntil = new Timestamp { Seconds = 1_900_000_000, Nanos = -1 }; break;
            case "until-before-from":
                request.EffectiveFrom = Stamp(Now.AddDays(9));
                request.EffectiveUntil = Stamp(Now.AddDays(9));
                break;
            case "until-past":
                request.EffectiveFrom = Stamp(Now.AddDays(-9));
                request.EffectiveUntil = Stamp(Now);
                break;
            case "unknown-measure": request.Measures.Add("no.such"); break;
            case "wider-measure": request.Measures.Add(["procurement.no-bid", "dutyfree.no-purchase"]); break;
            case "grade": request.Grade = "serious"; break;
            case "role": person.Role = "no-such"; request.RelatedPersons.Add(person); break;
            case "persons": request.RelatedPersons.Add(Enumerable.Repeat(person, 51)); break;
            case "ids": request.OtherIds.Add(Enumerable.Repeat(Uscc(), 11)); break;
            case "person-with-company": request.OtherIds.Add(Resident()); break;
            default: throw new ArgumentOutOfRangeException(nameof(fault), fault, "no such fault");
        }
    }
}
