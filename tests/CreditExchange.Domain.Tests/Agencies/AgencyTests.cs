using CreditExchange.Domain.Agencies;
using CreditExchange.V1;
using static CreditExchange.Domain.Tests.Listings.ListingSamples;

namespace CreditExchange.Domain.Tests.Agencies;

public class AgencyTests
{
    [Fact]
    public void The_demonstration_agencies_are_valid_and_hold_what_the_contract_tells()
    {
        var all = DemonstrationAgencies.All();
        Assert.Equal(11, all.Select(a => a.AgencyId).Distinct().Count());
        Assert.All(all, a => AgencyRules.Validate(a, Shipped));
        foreach (var agency in all)
        {
            var quiet = agency.AgencyId is "haikou-dutyfree" or "security" or "auditor";
            Assert.Equal(!quiet, AgencyRights.Has(agency, Scopes.Watch));
            Assert.Equal(!quiet, AgencyRights.Has(agency, Scopes.Snapshot));
            foreach (var kind in Shipped.Catalogue.ListKinds)
            {
                var owns = agency.Rights.Publish.Contains(kind.Code);
                Assert.Equal(owns, AgencyRights.MayPublish(agency, kind));
                Assert.Equal(owns, AgencyRights.MayEnd(agency, kind));
            }
        }

        Assert.Equal(8, all.Sum(a => a.Rights.Publish.Count));
        Assert.True(AgencyRights.Has(Agency("hainan-market-regulation"), Scopes.LinkSubjects));
        Assert.True(AgencyRights.Has(Agency("hainan-approval"), Scopes.BulkPersons));
    }

    [Theory]
    [InlineData("haikou-dutyfree", "dutyfree.offshore-purchase", true)]
    [InlineData("haikou-dutyfree", "dutyfree.resident-purchase", false)]
    [InlineData("haikou-customs", "dutyfree.resident-purchase", true)]
    [InlineData("haikou-customs", "dutyfreeX", false)]
    [InlineData("haikou-customs", "procurement.government-bid", false)]
    [InlineData("hainan-approval", "procurement.government-bid", true)]
    [InlineData("hainan-high-court", "procurement.government-bid", false)]
    [InlineData("operator", "dutyfree.offshore-purchase", false)]
    public void Matters_are_asked_by_right(string agency, string matter, bool may) =>
        Assert.Equal(may, AgencyRights.MayAsk(Agency(agency), matter));

    [Fact]
    public void A_revoked_agency_has_no_right()
    {
        var agency = Agency("hainan-approval");
        agency.Revoked = true;
        Assert.False(AgencyRights.MayAsk(agency, "procurement.government-bid"));
        Assert.False(AgencyRights.Has(agency, Scopes.Watch));
    }

    public static TheoryData<string, ErrorReason, string> Faults => new()
    {
        { "id", ErrorReason.AgencyInvalid, "agency.agency_id" },
        { "name", ErrorReason.Required, "agency.name.en" },
        { "region", ErrorReason.AgencyInvalid, "agency.region" },
        { "kind", ErrorReason.EnumInvalid, "agency.kind" },
        { "rights", ErrorReason.Required, "agency.rights" },
        { "scope", ErrorReason.AgencyInvalid, "agency.rights.scopes" },
        { "offices", ErrorReason.AgencyInvalid, "agency.rights.scopes" },
        { "publisher", ErrorReason.EnumInvalid, "agency.rights.recipient" },
        { "list", ErrorReason.AgencyInvalid, "agency.rights.publish" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_faulty_agency_is_refused(string fault, ErrorReason reason, string field)
    {
        var agency = Agency("hainan-high-court");
        switch (fault)
        {
            case "id": agency.AgencyId = "Hainan"; break;
            case "name": agency.Name.En = ""; break;
            case "region": agency.Region = "46000"; break;
            case "kind": agency.Kind = (AgencyKind)77; break;
            case "rights": agency.Rights = null; break;
            case "scope": agency.Rights.Scopes.Add("everything"); break;
            case "offices": agency.Rights.Scopes.Add(Scopes.System); break;
            case "publisher": agency.Rights.Recipient = RecipientKind.Publisher; break;
            default: agency.Rights.Publish.Add("no.such"); break;
        }

        Refused(reason, field, () => AgencyRules.Validate(agency, Shipped));
    }
}
