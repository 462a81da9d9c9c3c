using CreditExchange.Domain.Listings;
using CreditExchange.V1;
using static CreditExchange.Domain.Tests.Listings.ListingSamples;

namespace CreditExchange.Domain.Tests.Listings;

public class SubjectLinkTests
{
    private static readonly DateOnly Today = new(2026, 6, 15);

    [Theory]
    [InlineData(SubjectRelation.SamePerson)]
    [InlineData(SubjectRelation.Renewed)]
    public void A_person_s_documents_can_be_linked(SubjectRelation relation)
    {
        var link = Link(Resident(), Born(1980, 2, 29), relation);
        link.LinkId = "ignored";
        link.Active = true;
        Assert.Equal(Link(Resident(), Born(1980, 2, 29), relation), SubjectLinks.Validate(link, Today));
    }

    [Fact]
    public void What_cannot_belong_together_is_refused()
    {
        Refused(ErrorReason.LinkInvalid, "link", () => Validate(Resident(), Resident(), SubjectRelation.SamePerson));
        Refused(ErrorReason.LinkInvalid, "link", () => Validate(Resident(), Uscc(), SubjectRelation.SamePerson));
        Refused(ErrorReason.LinkInvalid, "link", () => Validate(Resident(), Born(1980, 1, 1), SubjectRelation.MergedInto));
        Refused(ErrorReason.EnumInvalid, "link.relation", () => Validate(Resident(), Born(1980, 1, 1), SubjectRelation.Unspecified));
        Refused(ErrorReason.EnumInvalid, "link.relation", () => Validate(Resident(), Born(1980, 1, 1), (SubjectRelation)99));
    }

    [Fact]
    public void Only_what_the_list_names_carries_over_beside_the_first_three()
    {
        var kind = new ListKind { CarriedBy = { SubjectRelation.MergedInto } };
        Assert.True(SubjectLinks.Carries(SubjectRelation.Renewed, forward: false, kind));
        Assert.True(SubjectLinks.Carries(SubjectRelation.MergedInto, forward: true, kind));
        Assert.False(SubjectLinks.Carries(SubjectRelation.MergedInto, forward: false, kind));
        Assert.False(SubjectLinks.Carries(SubjectRelation.DividedInto, forward: true, kind));
    }

    private static SubjectLink Link(SubjectId from, SubjectId to, SubjectRelation relation) =>
        new() { From = from, To = to, Relation = relation, Authority = "样例机关", Document = "样例 1 号" };

    private static void Validate(SubjectId from, SubjectId to, SubjectRelation relation) =>
        SubjectLinks.Validate(Link(from, to, relation), Today);
}
