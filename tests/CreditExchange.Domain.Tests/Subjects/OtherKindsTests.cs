using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Tests.Subjects;

public class OtherKindsTests
{
    [Theory]
    [InlineData(IdKind.Passport, "E12345678", "CHN", "E12345678")]
    [InlineData(IdKind.Passport, "ab-123 45", "fra", "AB12345")]
    [InlineData(IdKind.Passport, "300000000", "TWN", "300000000")]
    [InlineData(IdKind.HkMacaoPermit, "h12345678", "", "H12345678")]
    [InlineData(IdKind.HkMacaoPermit, "M1234567801", "", "M1234567801")]
    [InlineData(IdKind.TaiwanPermit, "12345678", "", "12345678")]
    [InlineData(IdKind.TaiwanPermit, "1234567890", "", "1234567890")]
    [InlineData(IdKind.ForeignerResidence, "CAN110278011001", "", "CAN110278011001")]
    [InlineData(IdKind.LegacyOrganisationCode, "M000100Y-4", "", "M000100Y4")]
    [InlineData(IdKind.ForeignOrganisation, " br-12/3 a ", "Companies House", "BR-12/3 A")]
    public void Good_numbers_come_out_in_one_form(IdKind kind, string number, string issuer, string normal) =>
        Assert.Equal(normal, Ids.Normal(kind, number, issuer));

    [Theory]
    [InlineData(IdKind.Passport, "E123", "CHN", ErrorReason.IdFormat)]
    [InlineData(IdKind.Passport, "E12345678901234567890", "CHN", ErrorReason.IdFormat)]
    [InlineData(IdKind.Passport, "E1234_678", "CHN", ErrorReason.IdFormat)]
    [InlineData(IdKind.Passport, "E12345678", "", ErrorReason.IdIssuer)]
    [InlineData(IdKind.Passport, "E12345678", "ZZZ", ErrorReason.IdIssuer)]
    [InlineData(IdKind.Passport, "E12345678", "CN", ErrorReason.IdIssuer)]
    [InlineData(IdKind.HkMacaoPermit, "X12345678", "", ErrorReason.IdFormat)]
    [InlineData(IdKind.HkMacaoPermit, "H123456789", "", ErrorReason.IdFormat)]
    [InlineData(IdKind.TaiwanPermit, "123456789", "", ErrorReason.IdFormat)]
    [InlineData(IdKind.TaiwanPermit, "1234567A", "", ErrorReason.IdFormat)]
    [InlineData(IdKind.ForeignerResidence, "ZZZ110278011001", "", ErrorReason.IdFormat)]
    [InlineData(IdKind.ForeignerResidence, "CAN11027801100", "", ErrorReason.IdFormat)]
    [InlineData(IdKind.HmtResidencePermit, "840000199001010011", "", ErrorReason.IdFormat)]
    [InlineData(IdKind.HmtResidencePermit, "810001199001010011", "", ErrorReason.IdFormat)]
    [InlineData(IdKind.HmtResidencePermit, "810000199013010011", "", ErrorReason.IdFormat)]
    [InlineData(IdKind.LegacyOrganisationCode, "M000100Y5", "", ErrorReason.IdCheckDigit)]
    [InlineData(IdKind.LegacyOrganisationCode, "M000100YA", "", ErrorReason.IdFormat)]
    [InlineData(IdKind.LegacyOrganisationCode, "M000100", "", ErrorReason.IdFormat)]
    [InlineData(IdKind.ForeignOrganisation, "BR123", "", ErrorReason.IdIssuer)]
    [InlineData(IdKind.ForeignOrganisation, "BR\u202E123", "Registry", ErrorReason.TextInvalid)]
    [InlineData(IdKind.ForeignOrganisation, "BR123", "Reg\u0007istry", ErrorReason.TextInvalid)]
    [InlineData(IdKind.Uscc, "91350100M000100Y43", "CHN", ErrorReason.IdIssuer)]
    [InlineData(IdKind.ResidentId, "", "", ErrorReason.Required)]
    [InlineData(IdKind.ResidentId, " - ", "", ErrorReason.Required)]
    [InlineData(IdKind.Unspecified, "91350100M000100Y43", "", ErrorReason.SubjectKind)]
    [InlineData((IdKind)99, "91350100M000100Y43", "", ErrorReason.SubjectKind)]
    public void Each_fault_has_its_reason(IdKind kind, string number, string issuer, ErrorReason reason) =>
        Ids.Refused(reason, kind, number, issuer);

    [Theory]
    [InlineData(IdKind.HmtResidencePermit, "81000019900101001")]
    [InlineData(IdKind.HmtResidencePermit, "83000019900101002")]
    [InlineData(IdKind.ForeignerResidence, "91112419900101001")]
    public void Cards_of_eighteen_characters_carry_the_resident_numbers_check(IdKind kind, string first17)
    {
        var good = first17 + ResidentId.CheckDigit(first17);
        var id = SubjectIds.Normalise(Ids.Of(kind, good), "s", Ids.Today);
        Assert.Equal(new DateOnly(1990, 1, 1), SubjectIds.BirthDate(id));
        Assert.True(SubjectIds.HasCheckDigit(id));
        Ids.Refused(ErrorReason.IdCheckDigit, kind, first17 + (good[17] == '0' ? '1' : '0'));
    }

    [Fact]
    public void The_country_list_is_complete_and_holds_only_assigned_codes()
    {
        Assert.Equal(249, Countries.Count);
        Assert.True(Countries.IsAlpha3("HKG"));
        Assert.True(Countries.IsAlpha3("SSD"));
        Assert.False(Countries.IsAlpha3("ANT"));
        Assert.False(Countries.IsAlpha3("chn"));
        Assert.False(Countries.IsAlpha3("CHNX"));
    }
}
