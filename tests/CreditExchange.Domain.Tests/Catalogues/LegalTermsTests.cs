using CreditExchange.Domain.Catalogues;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;

namespace CreditExchange.Domain.Tests.Catalogues;

public sealed class LegalTermsTests
{
    private static readonly DateOnly Published = new(2024, 6, 1);

    [Theory]
    [InlineData("2024-03-15", 24, "2026-03-16")] // the plain case
    [InlineData("2024-01-31", 1, "2024-03-01")] // leap year: the last day is 29 February
    [InlineData("2023-01-31", 1, "2023-03-01")] // the last day is 28 February
    [InlineData("2024-02-29", 12, "2025-03-01")] // the day is missing a year later: 28 February
    [InlineData("2024-02-29", 48, "2028-03-01")] // and there again after four: 29 February
    [InlineData("2024-02-28", 12, "2025-03-01")] // ends on 28 February, which is the last
    [InlineData("2023-02-28", 12, "2024-02-29")] // ends on 28 February, which is not the last
    [InlineData("2024-05-31", 1, "2024-07-01")] // 30 June
    [InlineData("2024-12-31", 12, "2026-01-01")] // over New Year's Eve
    [InlineData("2099-02-28", 12, "2100-03-01")] // 2100 has no 29 February
    public void A_term_ends_at_the_end_of_its_last_day(string start, uint months, string end)
    {
        var expected = LegalDay.Start(LegalDay.Parse(end, ""));
        Assert.Equal(TimeSpan.FromHours(8), expected.Offset);
        Assert.Equal(expected, LegalTerms.End(new() { DefaultMonths = months }, LegalDay.Parse(start, "")));
    }

    [Fact]
    public void Every_term_ends_on_the_corresponding_day_or_on_the_month_s_last()
    {
        for (var day = new DateOnly(2023, 1, 1); day < new DateOnly(2029, 1, 1); day = day.AddDays(1))
        {
            for (uint months = 1; months <= 60; months++)
            {
                var last = LegalDay.Of(LegalTerms.End(new() { DefaultMonths = months }, day)!.Value).AddDays(-1);
                var month = new DateOnly(day.Year, day.Month, 1).AddMonths((int)months);
                Assert.Equal((month.Year, month.Month), (last.Year, last.Month));
                Assert.Equal(Math.Min(day.Day, DateTime.DaysInMonth(month.Year, month.Month)), last.Day);
            }
        }
    }

    [Fact]
    public void Without_months_there_is_no_end()
    {
        Assert.Null(LegalTerms.End(new() { MinimumMonths = 6, MaximumMonths = 36 }, Published));
        Assert.Null(LegalTerms.LatestEnd(new() { DefaultMonths = 6 }, Published));
        Assert.Null(LegalTerms.EarliestRepair(new() { DefaultMonths = 6 }, Published));
    }

    [Fact]
    public void Least_and_most_are_counted_the_same_way()
    {
        var term = new Term { MinimumMonths = 6, MaximumMonths = 36, DefaultMonths = 12 };
        Assert.Equal(new(2024, 12, 2, 0, 0, 0, LegalDay.Offset), LegalTerms.EarliestRepair(term, Published));
        Assert.Equal(new(2027, 6, 2, 0, 0, 0, LegalDay.Offset), LegalTerms.LatestEnd(term, Published));
    }

    [Theory]
    [InlineData("9999-12-31", 1)]
    [InlineData("9999-11-30", 1)]
    [InlineData("2024-01-01", uint.MaxValue)]
    public void A_term_beyond_the_calendar_has_no_end(string start, uint months) =>
        Assert.Null(LegalTerms.End(new() { DefaultMonths = months }, LegalDay.Parse(start, "")));

    [Fact]
    public void A_listing_tells_the_day_its_term_runs_from()
    {
        var listing = new Listing
        {
            Document = new() { DecidedOn = "2024-03-15" },
            Notice = new() { ServedOn = "2024-03-20" },
            ConductOn = "2023-12-01",
            // 2024-04-01 00:30 in Shanghai, still March in UTC.
            EffectiveFrom = Timestamp.FromDateTimeOffset(new(2024, 3, 31, 16, 30, 0, TimeSpan.Zero)),
        };
        Assert.Equal(new(2024, 3, 15), LegalTerms.StartDay(listing, TermStart.Decision, Published));
        Assert.Equal(new(2024, 3, 20), LegalTerms.StartDay(listing, TermStart.Service, Published));
        Assert.Equal(new(2023, 12, 1), LegalTerms.StartDay(listing, TermStart.EndOfConduct, Published));
        Assert.Equal(new(2024, 4, 1), LegalTerms.StartDay(listing, TermStart.Effect, Published));
        Assert.Equal(Published, LegalTerms.StartDay(listing, TermStart.Publication, Published));
        Assert.Equal(Published, LegalTerms.StartDay(listing, TermStart.Unspecified, Published));
    }

    [Fact]
    public void A_listing_that_tells_no_such_day_runs_from_the_decision_or_the_publication()
    {
        var decided = new Listing { Document = new() { DecidedOn = "2024-03-15" } };
        Assert.Equal(new(2024, 3, 15), LegalTerms.StartDay(decided, TermStart.Service, Published));
        Assert.Equal(new(2024, 3, 15), LegalTerms.StartDay(decided, TermStart.EndOfConduct, Published));
        Assert.Equal(Published, LegalTerms.StartDay(decided, TermStart.Effect, Published));
        Assert.Equal(Published, LegalTerms.StartDay(new(), TermStart.Decision, Published));
    }

    [Fact]
    public void A_grade_s_own_term_goes_before_the_kind_s()
    {
        var kind = new ListKind
        {
            Term = new() { DefaultMonths = 24 },
            DefaultGrade = "general",
            Grades =
            {
                new Grade { Code = "general", Term = new() { DefaultMonths = 12 } }, new Grade { Code = "serious" },
            },
        };
        Assert.Equal(12u, LegalTerms.Of(kind, "")!.DefaultMonths);
        Assert.Equal(24u, LegalTerms.Of(kind, "serious")!.DefaultMonths);
        Assert.Null(LegalTerms.Of(new(), ""));
    }
}
