using CreditExchange.Domain.Catalogues;

namespace CreditExchange.Domain.Tests.Catalogues;

/// <summary>What every shipped matter takes as a purpose.</summary>
public sealed class PurposePatternTests
{
    [Theory]
    [InlineData("HN-2026-0001", true)]
    [InlineData("（2026）琼01执123号", false)]
    [InlineData("琼审批〔2026〕12号", true)]
    [InlineData("order_1/2(a)", true)]
    [InlineData("订单Ω", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a\u3000b", false)]
    [InlineData("a\n", false)]
    [InlineData("a\u202eb", false)]
    [InlineData("a'b", false)]
    public void Letters_digits_and_a_few_marks_are_taken(string purpose, bool taken)
    {
        foreach (var matter in CatalogueFiles.Shipped().Matters)
        {
            Assert.Equal(taken, PurposePattern.Compile(matter.PurposePattern).IsMatch(purpose));
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_purpose_has_up_to_64_characters(int length, bool taken)
    {
        foreach (var matter in CatalogueFiles.Shipped().Matters)
        {
            Assert.Equal(taken, PurposePattern.Compile(matter.PurposePattern).IsMatch(new string('案', length)));
        }
    }

    [Fact]
    public void The_whole_purpose_must_match()
    {
        var pattern = PurposePattern.Compile("a|b");
        Assert.Matches(pattern, "a");
        Assert.DoesNotMatch(pattern, "ax");
        Assert.DoesNotMatch(pattern, "xb");
    }
}
