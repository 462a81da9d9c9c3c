using System.Numerics;
using CreditExchange.Domain.Samples;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Tests.Subjects;

public class UnifiedSocialCreditCodeTests
{
    [Theory]
    [InlineData("914600000000000194")]
    [InlineData("91440000000000027N")]
    [InlineData("91450000000000035M")]
    [InlineData("91350100M000100Y43")]
    public void Published_and_computed_vectors_pass(string code) => Assert.Equal(code, Ids.Normal(IdKind.Uscc, code));

    [Theory]
    [InlineData("91350100M000100Y4", ErrorReason.UsccLength)]
    [InlineData("91350100M000100Y433", ErrorReason.UsccLength)]
    [InlineData("91350100I000100Y43", ErrorReason.UsccCharacter)]
    [InlineData("91350100M000100Y4_", ErrorReason.UsccCharacter)]
    [InlineData("91350100M000100Y4Z", ErrorReason.UsccCheckDigit)]
    [InlineData("91350100M000100Y44", ErrorReason.UsccCheckDigit)]
    public void Each_fault_has_its_reason(string code, ErrorReason reason) => Ids.Refused(reason, IdKind.Uscc, code);

    [Fact]
    public void A_region_that_does_not_exist_is_named()
    {
        foreach (var region in new[] { "999999", "000000", "010203", "46A000", "469900", "100001" })
        {
            var body = "MA5T0000";
            var code = "91" + region + body + LegacyOrganisationCode.CheckDigit(body);
            var refusal = Ids.Refusal(IdKind.Uscc, code + UnifiedSocialCreditCode.CheckDigit(code));
            Assert.Equal(ErrorReason.UsccRegion, refusal.Reason);
            Assert.Equal(region, refusal.Facts["region"]);
            Assert.Equal("s.number", refusal.Field);
        }
    }

    [Fact]
    public void The_nation_and_abolished_regions_are_regions()
    {
        foreach (var region in new[] { "100000", "110103", "310225", "460028", "469003", "440524", "320199" })
        {
            var body = "MA5T0000";
            var code = "91" + region + body + LegacyOrganisationCode.CheckDigit(body);
            Ids.Normal(IdKind.Uscc, code + UnifiedSocialCreditCode.CheckDigit(code));
        }
    }

    [Fact]
    public void A_wrong_body_check_is_found_behind_a_right_outer_one()
    {
        var code = "91460100MA5T0000" + (LegacyOrganisationCode.CheckDigit("MA5T0000") == '1' ? '2' : '1');
        Ids.Refused(ErrorReason.UsccBodyCheckDigit, IdKind.Uscc, code + UnifiedSocialCreditCode.CheckDigit(code));
    }

    [Fact]
    public void Every_single_wrong_character_and_every_swap_of_neighbours_is_refused()
    {
        var random = new Random(1);
        for (var n = 0; n < 100; n++)
        {
            var good = SampleIds.Uscc(random).Number;
            for (var i = 0; i < good.Length; i++)
            {
                foreach (var c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
                {
                    if (c != good[i])
                    {
                        Ids.Refusal(IdKind.Uscc, good[..i] + c + good[(i + 1)..]);
                    }
                }

                if (i > 0 && good[i] != good[i - 1])
                {
                    Ids.Refusal(IdKind.Uscc, good[..(i - 1)] + good[i] + good[i - 1] + good[(i + 1)..]);
                }
            }
        }
    }

    [Fact]
    public void Check_digits_agree_with_a_slow_computation_from_the_standard()
    {
        const string alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
        var random = new Random(2);
        for (var n = 0; n < 2000; n++)
        {
            var text = new string(Enumerable.Range(0, 17).Select(_ => alphabet[random.Next(31)]).ToArray());
            var sum = BigInteger.Zero;
            for (var i = 0; i < 17; i++)
            {
                sum += alphabet.IndexOf(text[i], StringComparison.Ordinal) * BigInteger.ModPow(3, i, 31);
            }

            var check = 31 - (int)(sum % 31);
            Assert.Equal(alphabet[check == 31 ? 0 : check], UnifiedSocialCreditCode.CheckDigit(text));
        }
    }
}
