using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Samples;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Tests.Subjects;

public class SubjectIdsTests
{
    [Theory]
    [InlineData("９１３５０１００Ｍ０００１００Ｙ４３")]
    [InlineData("91350100m000100y43")]
    [InlineData(" 9135-0100 M000\u3000100Y–43 ")]
    public void Width_case_spaces_and_hyphens_make_no_difference(string written) =>
        Assert.Equal("91350100M000100Y43", Ids.Normal(IdKind.Uscc, written));

    [Theory]
    [InlineData(IdKind.ResidentId, "4601**********0010")]
    [InlineData(IdKind.ResidentId, "4601＊＊＊＊＊＊0010")]
    [InlineData(IdKind.ResidentId, "4601XXXXXXXX0010")]
    [InlineData(IdKind.ResidentId, "4601xxxxxxxxxx0010")]
    [InlineData(IdKind.ResidentId, "460105××××0010")]
    [InlineData(IdKind.ResidentId, "4601●●●●0010")]
    [InlineData(IdKind.ResidentId, "4601######0010")]
    [InlineData(IdKind.ResidentId, "4601…0010")]
    [InlineData(IdKind.ResidentId, "4601...0010")]
    [InlineData(IdKind.Passport, "E1234****")]
    [InlineData(IdKind.Passport, "EXXXX5678")]
    [InlineData(IdKind.Uscc, "9135XXXXXXXXXX0Y43")]
    [InlineData(IdKind.Uscc, "9135**********0Y43")]
    [InlineData(IdKind.ForeignOrganisation, "BR***1")]
    public void A_masked_number_is_refused_as_such(IdKind kind, string number) =>
        Ids.Refused(ErrorReason.MaskedNumber, kind, number, kind == IdKind.Passport ? "CHN" : "");

    [Fact]
    public void A_code_with_a_run_of_X_that_passes_its_checks_is_no_mask()
    {
        var code = "91460100MAXXXXXX" + LegacyOrganisationCode.CheckDigit("MAXXXXXX");
        Ids.Normal(IdKind.Uscc, code + UnifiedSocialCreditCode.CheckDigit(code));
    }

    [Fact]
    public void A_normal_id_comes_back_as_the_same_instance_without_allocation()
    {
        var random = new Random(5);
        SubjectId[] ids =
        [
            SampleIds.Uscc(random), SampleIds.ResidentId(random), Ids.Of(IdKind.Passport, "E12345678", "CHN"),
            Ids.Of(IdKind.ForeignOrganisation, "BR 12-3", "COMPANIES HOUSE"),
        ];
        foreach (var id in ids)
        {
            Assert.Same(id, SubjectIds.Normalise(id, "s", Ids.Today));
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                SubjectIds.TryNormalise(id, "s", Ids.Today, out _, out _);
            }

            // The runtime itself may allocate once while it optimises; an object per call would be 24,000 bytes or more.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
        }
    }

    [Fact]
    public void Normalising_twice_changes_nothing_and_the_input_is_left_alone()
    {
        var written = Ids.Of(IdKind.Passport, " e1234-5678", "chn ");
        var once = SubjectIds.Normalise(written, "s", Ids.Today);
        Assert.Same(once, SubjectIds.Normalise(once, "s", Ids.Today));
        Assert.Equal(" e1234-5678", written.Number);
        Assert.Equal("CHN", once.Issuer);
    }

    [Fact]
    public void Paths_and_facts_name_what_is_wrong()
    {
        var kind = Ids.Refusal(IdKind.Unspecified, "1");
        Assert.Equal("s.kind", kind.Field);
        Assert.Equal("UNSPECIFIED", kind.Facts["kind"]);
        Assert.Equal("s.issuer", Ids.Refusal(IdKind.Passport, "E12345678").Field);
        var length = Ids.Refusal(IdKind.Uscc, new string('1', 65));
        Assert.Equal(ErrorReason.TooLong, length.Reason);
        Assert.Equal("65", length.Facts["length"]);
        Assert.Equal("64", length.Facts["limit"]);
        var thrown = Assert.Throws<RuleViolation>(() => SubjectIds.Normalise(null, "listing.subject", Ids.Today));
        Assert.Equal((ErrorReason.Required, "listing.subject"), (thrown.Reason, thrown.Field));
    }

    [Fact]
    public void No_refusal_carries_the_number_of_a_person()
    {
        foreach (var number in new[] { "11010519491231A02X", "990105194912310021", "110105194913310021", "1101051949123100" })
        {
            var facts = Ids.Refusal(IdKind.ResidentId, number).Facts;
            Assert.DoesNotContain(facts.Values, value => value.Length > 4 && number.Contains(value, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Any_text_is_answered_by_a_result_and_never_by_another_exception()
    {
        var random = new Random(6);
        const string pool = "0123456789AXZaxz*-. \u3000９Ｘ\uD800\uDC00\u202E\0中";
        for (var n = 0; n < 50_000; n++)
        {
            var text = new string(Enumerable.Range(0, random.Next(0, 70)).Select(_ => pool[random.Next(pool.Length)]).ToArray());
            var id = Ids.Of((IdKind)random.Next(-1, 12), text, random.Next(3) == 0 ? text : random.Next(2) == 0 ? "CHN" : "");
            if (SubjectIds.TryNormalise(id, "s", Ids.Today, out var normalised, out var violation))
            {
                Assert.Same(normalised, SubjectIds.Normalise(normalised, "s", Ids.Today));
                var encoding = new byte[32];
                SubjectEncoding.Encode(normalised, encoding);
            }
            else
            {
                Assert.NotEqual(ErrorReason.Unspecified, violation.Reason);
            }

            Assert.Equal(Math.Min(text.Length, 64), SubjectIds.Masked(id).Length);
        }
    }

    [Theory]
    [InlineData("460100199001010010", "4601**********0010")]
    [InlineData("E12345678", "E1*****78")]
    [InlineData("H1234", "H****")]
    [InlineData("1", "*")]
    [InlineData("", "")]
    [InlineData("46\u202E1中99001010010", "46?1********0010")]
    public void Reports_show_only_the_ends_of_a_number(string number, string masked) =>
        Assert.Equal(masked, SubjectIds.Masked(Ids.Of(IdKind.ResidentId, number)));

    [Fact]
    public void Kinds_know_what_they_are()
    {
        Assert.True(SubjectIds.IsNaturalPerson(IdKind.ResidentId));
        Assert.True(SubjectIds.IsNaturalPerson(IdKind.Passport));
        Assert.False(SubjectIds.IsNaturalPerson(IdKind.Uscc));
        Assert.False(SubjectIds.IsNaturalPerson(IdKind.LegacyOrganisationCode));
        Assert.False(SubjectIds.IsNaturalPerson(IdKind.ForeignOrganisation));
        Assert.True(SubjectIds.HasCheckDigit(IdKind.Uscc));
        Assert.False(SubjectIds.HasCheckDigit(IdKind.Passport));
        Assert.False(SubjectIds.HasCheckDigit(IdKind.ForeignerResidence));
        Assert.Equal(new DateOnly(1949, 12, 31), SubjectIds.BirthDate(Ids.Of(IdKind.ResidentId, "11010519491231002X")));
        Assert.Null(SubjectIds.BirthDate(Ids.Of(IdKind.Uscc, "914600000000000194")));
        Assert.Null(SubjectIds.BirthDate(Ids.Of(IdKind.ForeignerResidence, "CAN110278011001")));
    }

    [Fact]
    public void Regions_have_their_names()
    {
        Assert.Equal("海南省", Regions.Name("460000"));
        Assert.Equal("龙华区", Regions.Name("460106"));
        Assert.Equal("崇文区", Regions.Name("110103"));
        Assert.Null(Regions.Name("460199"));
        Assert.True(Regions.IsKnown("100000"));
        Assert.False(Regions.IsKnown("460199"));
        Assert.True(Regions.IsAccepted("460199"));
        Assert.DoesNotContain(110103, Regions.Counties.ToArray());
        Assert.True(Regions.Counties.Length > 2800);
    }
}
