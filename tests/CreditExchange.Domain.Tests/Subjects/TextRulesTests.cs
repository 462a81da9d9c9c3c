using CreditExchange.Domain.Errors;
using CreditExchange.Domain.Subjects;
using CreditExchange.V1;

namespace CreditExchange.Domain.Tests.Subjects;

public class TextRulesTests
{
    [Theory]
    [InlineData("海南样例贸易有限公司")]
    [InlineData("𠮷野 🙂 é '<>&\"")]
    [InlineData("")]
    public void Ordinary_text_passes(string text) => TextRules.Check(text, "f", 200, required: false);

    [Theory]
    [InlineData("a\u0000b", "U+0000")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("a\u007Fb", "U+007F")]
    [InlineData("a\u0085b", "U+0085")]
    [InlineData("a\u202Eb", "U+202E")]
    [InlineData("a\u2067b", "U+2067")]
    [InlineData("\u200Eab", "U+200E")]
    [InlineData("ab\uFEFF", "U+FEFF")]
    [InlineData("a\uFDD0", "U+FDD0")]
    [InlineData("a\uFFFFb", "U+FFFF")]
    [InlineData("a\U0001FFFEb", "U+1FFFE")]
    public void Characters_that_deceive_are_refused_and_named(string text, string character)
    {
        var refusal = Assert.Throws<RuleViolation>(() => TextRules.Check(text, "f", 200, required: true));
        Assert.Equal((ErrorReason.TextInvalid, "f", character), (refusal.Reason, refusal.Field, refusal.Facts["character"]));
    }

    [Fact]
    public void Surrogates_stand_in_pairs()
    {
        foreach (var text in new[] { "a\uD800", "\uDC00a", "\uD800\uD800\uDC00", "\uDC00\uD800" })
        {
            var refusal = Assert.Throws<RuleViolation>(() => TextRules.Check(text, "f", 200, required: true));
            Assert.Equal(ErrorReason.TextInvalid, refusal.Reason);
        }
    }

    [Fact]
    public void Length_and_presence_are_judged_first()
    {
        TextRules.Check(new string('a', 200), "f", 200, required: true);
        var length = Assert.Throws<RuleViolation>(() => TextRules.Check(new string('\0', 201), "f", 200, required: true));
        Assert.Equal((ErrorReason.TooLong, "201", "200"), (length.Reason, length.Facts["length"], length.Facts["limit"]));
        Assert.Equal(ErrorReason.Required, Assert.Throws<RuleViolation>(() => TextRules.Check("", "f", 9, true)).Reason);
        Assert.Equal(ErrorReason.Required, Assert.Throws<RuleViolation>(() => TextRules.Check(" \u3000", "f", 9, true)).Reason);
    }
}
