using System.Text.RegularExpressions;
using CreditExchange.Domain.Errors;
using CreditExchange.Hub.Errors;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Registry;

public sealed partial class ReasonTests
{
    [Fact]
    public void Every_reason_has_a_code_and_texts_in_both_languages_with_the_same_words_in_braces()
    {
        foreach (var reason in Enum.GetValues<ErrorReason>().Where(r => r != ErrorReason.Unspecified))
        {
            var entry = ReasonCatalogue.Get(reason);
            Assert.True(Enum.IsDefined(entry.Code) && entry.Code is not (StatusCode.OK or StatusCode.Unknown), entry.Name);
            Assert.All(new[] { entry.Info.Zh, entry.Info.En, entry.Info.NextZh, entry.Info.NextEn }, t => Assert.NotEmpty(t));
            Assert.Equal(Words(entry.Info.Zh).Append("field").Distinct().Order(), Words(entry.Info.En).Append("field").Distinct().Order());
            Assert.Empty(Words(entry.Info.NextZh).Concat(Words(entry.Info.NextEn)));
            Assert.Matches("[\u4e00-\u9fff]", entry.Info.Zh);
        }
    }

    [Fact]
    public void A_filled_text_is_told_once_per_language_with_its_facts()
    {
        foreach (var reason in Enum.GetValues<ErrorReason>().Where(r => r != ErrorReason.Unspecified))
        {
            var facts = Words(ReasonCatalogue.Get(reason).Info.En).Where(w => w != "field").Select(w => (w, $"<{w}>")).ToArray();
            foreach (var language in new[] { Language.Chinese, Language.English })
            {
                var failure = RpcFailure.Read(new RuleViolation(reason, "some.field", facts).ToException(language, "r-1"));
                Assert.Equal(("some.field", language == Language.Chinese ? "zh-CN" : "en"), (failure.Field, failure.Locale));
                Assert.All(facts, f => Assert.Equal(f.Item2, failure.Facts[f.w]));
            }
        }
    }

    [Fact]
    public void A_fact_that_looks_like_a_word_in_braces_is_not_filled_again()
    {
        var violation = new RuleViolation(ErrorReason.EnumInvalid, "some.field", ("value", "{field}"));
        var status = ErrorStatus.Create(violation, Language.English, "r-1");
        Assert.Contains("{field}", status.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Words(string text) => Brace().Matches(text).Select(m => m.Groups[1].Value);

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Brace();
}
