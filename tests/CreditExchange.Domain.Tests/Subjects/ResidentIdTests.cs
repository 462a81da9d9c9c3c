using CreditExchange.Domain.Samples;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Tests.Subjects;

public class ResidentIdTests
{
    [Theory]
    [InlineData("11010519491231002X")]
    [InlineData("440524188001010014")]
    [InlineData("460100199001010019")]
    [InlineData("440300198512310024")]
    public void Published_and_computed_vectors_pass(string number) =>
        Assert.Equal(number, Ids.Normal(IdKind.ResidentId, number));

    [Theory]
    [InlineData("110105491231002", ErrorReason.ResidentIdLength)]
    [InlineData("1101051949123100", ErrorReason.ResidentIdLength)]
    [InlineData("11010519491231A02X", ErrorReason.ResidentIdCharacter)]
    [InlineData("11010519491231002Y", ErrorReason.ResidentIdCharacter)]
    [InlineData("990105194912310021", ErrorReason.ResidentIdRegion)]
    [InlineData("100000194912310021", ErrorReason.ResidentIdRegion)]
    [InlineData("110105194913310021", ErrorReason.ResidentIdBirthDate)]
    [InlineData("110105190002290021", ErrorReason.ResidentIdBirthDate)]
    [InlineData("110105184912310021", ErrorReason.ResidentIdBirthDate)]
    [InlineData("110105202606020021", ErrorReason.ResidentIdBirthDate)]
    [InlineData("110105000001010021", ErrorReason.ResidentIdBirthDate)]
    [InlineData("110105999912310021", ErrorReason.ResidentIdBirthDate)]
    [InlineData("110105194912310021", ErrorReason.ResidentIdCheckDigit)]
    public void Each_fault_has_its_reason(string number, ErrorReason reason) =>
        Ids.Refused(reason, IdKind.ResidentId, number);

    [Fact]
    public void A_birth_today_is_possible_and_one_tomorrow_is_not()
    {
        var today = Ids.Today.ToString("yyyyMMdd", null);
        var number = "460105" + today + "001";
        Ids.Normal(IdKind.ResidentId, number + ResidentId.CheckDigit(number));
        var ahead = "460105" + Ids.Today.AddDays(1).ToString("yyyyMMdd", null) + "001";
        Ids.Refused(ErrorReason.ResidentIdBirthDate, IdKind.ResidentId, ahead + ResidentId.CheckDigit(ahead));
    }

    [Fact]
    public void Every_single_wrong_character_and_every_swap_of_neighbours_is_refused()
    {
        var random = new Random(3);
        for (var n = 0; n < 300; n++)
        {
            var good = SampleIds.ResidentId(random).Number;
            for (var i = 0; i < good.Length; i++)
            {
                foreach (var c in "0123456789X")
                {
                    if (c != good[i])
                    {
                        Ids.Refusal(IdKind.ResidentId, good[..i] + c + good[(i + 1)..]);
                    }
                }

                if (i > 0 && good[i] != good[i - 1])
                {
                    Ids.Refusal(IdKind.ResidentId, good[..(i - 1)] + good[i] + good[i - 1] + good[(i + 1)..]);
                }
            }
        }
    }

    [Fact]
    public void Check_digits_agree_with_the_recursion_of_ISO_7064()
    {
        var random = new Random(4);
        for (var n = 0; n < 2000; n++)
        {
            var digits = new string(Enumerable.Range(0, 17).Select(_ => (char)('0' + random.Next(10))).ToArray());
            var p = 0;
            foreach (var c in digits)
            {
                p = (p + (c - '0')) * 2 % 11;
            }

            var check = (12 - p) % 11;
            Assert.Equal(check == 10 ? 'X' : (char)('0' + check), ResidentId.CheckDigit(digits));
        }
    }
}
