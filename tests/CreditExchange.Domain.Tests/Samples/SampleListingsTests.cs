using CreditExchange.Domain.Catalogues;
using CreditExchange.Domain.Samples;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Domain.Tests.Samples;

public class SampleListingsTests
{
    private static readonly DateOnly Today = new(2026, 6, 1);

    private static readonly SampleListing[] Many = [.. SampleListings.Generate(42, 20_000, Today)];

    [Fact]
    public void The_same_seed_makes_the_same_bytes_and_a_longer_run_begins_with_a_shorter_one()
    {
        var again = SampleListings.Generate(42, 500, Today).ToArray();
        Assert.Equal(Many.Take(500).Select(Bytes), again.Select(Bytes));
        Assert.Empty(SampleListings.Generate(42, 0, Today));
    }

    [Fact]
    public void Different_seeds_differ()
    {
        var other = SampleListings.Generate(43, 500, Today).Select(sample => sample.Listing.Subject.Number).ToHashSet();
        Assert.DoesNotContain(Many.Take(500), sample => other.Contains(sample.Listing.Subject.Number));
    }

    [Fact]
    public void Every_id_passes_the_rules_and_is_in_its_one_form()
    {
        foreach (var (_, listing) in Many)
        {
            Assert.Same(listing.Subject, SubjectIds.Normalise(listing.Subject, "listing.subject", Today));
            foreach (var related in listing.RelatedPersons)
            {
                Assert.Same(related.Subject, SubjectIds.Normalise(related.Subject, "related", Today));
                Assert.True(SubjectIds.IsNaturalPerson(related.Subject.Kind));
            }
        }
    }

    [Fact]
    public void Every_field_that_publishing_asks_for_is_there_and_every_day_is_possible()
    {
        foreach (var (_, listing) in Many)
        {
            TextRules.Check(listing.SubjectName, "subject_name", 200, required: true);
            TextRules.Check(listing.Reason, "reason", 4000, required: true);
            TextRules.Check(listing.Document.Number, "number", 200, required: true);
            TextRules.Check(listing.Document.Authority, "authority", 200, required: true);
            TextRules.Check(listing.Notice.Manner, "manner", 200, required: true);
            TextRules.Check(listing.Notice.Remedies, "remedies", 1000, required: true);
            Assert.DoesNotContain("{", listing.Reason, StringComparison.Ordinal);
            var conduct = LegalDay.Parse(listing.ConductOn, "conduct_on");
            var decided = LegalDay.Parse(listing.Document.DecidedOn, "decided_on");
            var served = LegalDay.Parse(listing.Notice.ServedOn, "served_on");
            Assert.True(conduct < decided && decided <= served && served <= Today && decided > Today.AddYears(-2));
            Assert.True(SubjectIds.BirthDate(listing.Subject) is not { } born || born.AddYears(18) <= conduct);
        }
    }

    [Fact]
    public void Kinds_publishers_and_shares_are_as_on_the_real_lists()
    {
        var court = Many.Where(sample => sample.Listing.ListCode == "court.dishonest-judgment-debtor").ToArray();
        Assert.InRange(court.Length, 15_500, 16_500);
        Assert.InRange(court.Count(sample => SubjectIds.IsNaturalPerson(sample.Listing.Subject.Kind)), 0.80 * court.Length, 0.90 * court.Length);
        Assert.All(court, sample => Assert.Equal(
            sample.Listing.Subject.Kind == IdKind.Uscc ? 1 : 0, sample.Listing.RelatedPersons.Count));
        Assert.Equal(8, Many.Select(sample => (sample.Publisher, sample.Listing.ListCode)).Distinct().Count());
        Assert.Equal(8, Many.Select(sample => sample.Listing.ListCode).Distinct().Count());
        Assert.All(
            Many.Where(sample => sample.Publisher == "haikou-customs"),
            sample => Assert.True(SubjectIds.IsNaturalPerson(sample.Listing.Subject.Kind)));
        Assert.Contains(
            SampleListings.Generate(1, 5000, Today, allKinds: true),
            sample => sample.Listing.ListCode == "procurement.serious-violation");
    }

    [Fact]
    public void References_are_unique_and_no_subject_is_twice_on_one_list_by_intent()
    {
        Assert.Equal(Many.Length, Many.Select(sample => sample.Listing.SourceRef).Distinct().Count());
        Assert.Equal("S42-1", Many[0].Listing.SourceRef);
        var bySubject = Many.GroupBy(sample => sample.Listing.Subject.Number).Where(group => group.Count() > 1).ToArray();
        Assert.True(bySubject.Length > 20, "some subjects are on several lists");
        Assert.All(bySubject, group => Assert.Single(group.Select(sample => sample.Listing.SubjectName).Distinct()));
    }

    [Fact]
    public void A_few_counties_carry_most()
    {
        var regions = Many.Where(sample => sample.Listing.Subject.Kind == IdKind.ResidentId)
            .GroupBy(sample => sample.Listing.Subject.Number[..6]).Select(group => group.Count()).OrderDescending().ToArray();
        Assert.True(regions.Take(10).Sum() * 2 > regions.Sum());
        Assert.True(regions.Length > 500);
    }

    private static string Bytes(SampleListing sample) => sample.Publisher + Convert.ToHexString(sample.Listing.ToByteArray());
}
