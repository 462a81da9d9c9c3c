using CreditExchange.Cli.Import;
using CreditExchange.Cli.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Cli.Tests;

public sealed class SubjectTests
{
    [Theory]
    [InlineData("91350100M000100Y43", IdKind.Uscc)]
    [InlineData("91350100m000100y43", IdKind.Uscc)]
    [InlineData("11010519491231002X", IdKind.ResidentId)]
    [InlineData("440524188001010014", IdKind.ResidentId)]
    [InlineData("110105 19491231 002x", IdKind.ResidentId)]
    [InlineData("H12345678", IdKind.HkMacaoPermit)]
    [InlineData("12345678", IdKind.TaiwanPermit)]
    [InlineData("E12345678", IdKind.Unspecified)]
    [InlineData("", IdKind.Unspecified)]
    [InlineData("hello", IdKind.Unspecified)]
    public void The_kind_is_told_from_the_form(string number, IdKind kind) => Assert.Equal(kind, IdForms.Guess(number));

    [Fact]
    public void Every_kind_can_be_written_by_its_name()
    {
        foreach (var kind in Enum.GetValues<IdKind>())
        {
            if (kind != IdKind.Unspecified)
            {
                Assert.True(IdForms.TryParse(kind.ToString(), out var read), kind.ToString());
                Assert.Equal(kind, read);
                Assert.True(IdForms.TryParse("ID_KIND_" + Errors.ErrorLine.Screaming(kind.ToString()), out read));
                Assert.Equal(kind, read);
            }
        }

        Assert.False(IdForms.TryParse("", out _));
        Assert.False(IdForms.TryParse(new string('x', 1_000), out _));
    }

    [Fact]
    public void A_line_names_kind_issuer_number_and_name()
    {
        var line = SubjectLine.Parse(" passport@USA:X1234567, John Doe ", 3)!;

        Assert.Equal((IdKind.Passport, "USA", "X1234567"), (line.Id.Kind, line.Id.Issuer, line.Id.Number));
        Assert.Equal(("John Doe", 3L), (line.Name, line.Line));
        Assert.Null(SubjectLine.Parse("# note", 1));
        Assert.Null(SubjectLine.Parse("  ", 1));
    }

    [Fact]
    public void A_mask_shows_at_most_four_characters_at_either_end()
    {
        Assert.Equal("1101**********002X", NumberMask.Of("11010519491231002X"));
        for (var length = 0; length < 30; length++)
        {
            var number = new string('7', length);
            var masked = NumberMask.Of(number);
            Assert.Equal(length, masked.Length);
            Assert.True(masked.Count(static c => c == '7') <= Math.Min(8, length * 2 / 3), masked);
        }
    }

    [Fact]
    public void A_request_id_follows_from_agency_and_row_alone()
    {
        static ImportListingsRequest Row(string name) => new()
        {
            Listing = new Listing { SourceRef = "R-1", ListCode = "x.y", SubjectName = name },
        };

        var id = RequestIds.Of("tax-1", Row("甲"));
        Assert.Matches("^[0-9a-f]{32}$", id);
        Assert.Equal(id, RequestIds.Of("tax-1", Row("甲")));
        Assert.NotEqual(id, RequestIds.Of("tax-2", Row("甲")));
        Assert.NotEqual(id, RequestIds.Of("tax-1", Row("乙")));
        // Fixed for ever: a run started again with a later version must find the same ids.
        Assert.Equal("c622eaf39b16d1820213b2f48f4d12ba", id);
    }
}
