using System.CommandLine;
using System.Reflection;
using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public void No_text_is_missing_in_either_language()
    {
        foreach (var field in typeof(Say).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var text = Assert.IsType<Text>(field.GetValue(null));
            Assert.False(string.IsNullOrWhiteSpace(text.Zh), field.Name);
            Assert.False(string.IsNullOrWhiteSpace(text.En), field.Name);
            Assert.DoesNotMatch("\\p{IsCJKUnifiedIdeographs}", text.En);
            Assert.Equal(Facts(text.Zh), Facts(text.En));
        }
    }

    [Theory]
    [InlineData("zh")]
    [InlineData("en")]
    public async Task Help_of_every_command_says_what_each_word_is_for(string lang)
    {
        foreach (var path in Paths(Tree(), []))
        {
            var run = new Run();
            Assert.Equal(0, await run.Cx([.. path, "--help", "--lang", lang]));
            foreach (var line in run.Out.Split('\n').Where(static l => l.StartsWith("  ", StringComparison.Ordinal)))
            {
                Assert.Matches("^  .*\\S  +\\S", line);
            }

            if (lang == "en")
            {
                Assert.DoesNotMatch("\\p{IsCJKUnifiedIdeographs}", run.Out);
            }
            else
            {
                Assert.Contains("用法", run.Out, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("check --matter a --purpose b 11010519491231002X")]
    [InlineData("check --matter a")]
    [InlineData("import")]
    [InlineData("import /nonexistent.csv")]
    [InlineData("import /nonexistent.csv --as tax-1")]
    [InlineData("sample")]
    [InlineData("sample --count many")]
    [InlineData("sample --count 1 --format xml")]
    [InlineData("agency")]
    [InlineData("watch --from x")]
    [InlineData("watch --address ftp://x")]
    [InlineData("watch --address http://192.0.2.1:1")]
    public async Task A_wrong_command_line_ends_with_2_one_line_and_no_number(string line)
    {
        foreach (var lang in (string[])["zh", "en"])
        {
            var run = new Run();
            Assert.Equal(ExitCode.Usage, await run.Cx([.. line.Split(' '), "--lang", lang]));
            Assert.Empty(run.Out);
            Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.DoesNotContain("11010519491231002X", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_hub_ends_with_3_and_says_what_to_do()
    {
        var run = new Run { Input = "91350100M000100Y43\n", Variables = { ["LANG"] = "zh_CN.UTF-8" } };

        Assert.Equal(ExitCode.Unreachable, await run.Cx("check", "--matter", "m", "--purpose", "p", "--address", "http://127.0.0.1:1"));

        Assert.Contains("make run", run.Error, StringComparison.Ordinal);
        Assert.Contains("UNAVAILABLE", run.Error, StringComparison.Ordinal);
        Assert.Contains("无法连接", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agency_without_a_token_ends_with_4()
    {
        var run = new Run();

        Assert.Equal(ExitCode.Refused, await run.Cx("listing", "list", "--as", "nobody"));

        Assert.Contains("TOKEN_MISSING", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", Language.En)]
    [InlineData("", "zh_CN.UTF-8", Language.Zh)]
    [InlineData("--lang en", "zh_CN.UTF-8", Language.En)]
    [InlineData("--lang=zh", "de_DE", Language.Zh)]
    internal void The_language_is_the_options_then_the_environments(string args, string variable, Language language) =>
        Assert.Equal(language, Languages.Choose(args.Split(' '), name => name == "LANG" ? variable : null));

    private static string Facts(string text) =>
        string.Concat(System.Text.RegularExpressions.Regex.Matches(text, "\\{\\d\\}").Select(static m => m.Value).Order());

    private static RootCommand Tree()
    {
        var terminal = new Terminal { Out = TextWriter.Null, Error = TextWriter.Null };
        var globals = new Globals(Language.En);
        return CommandLine.Build(new Invocation(terminal, Language.En, globals), globals, Language.En);
    }

    private static IEnumerable<string[]> Paths(Command command, string[] above)
    {
        yield return above;
        foreach (var sub in command.Subcommands)
        {
            foreach (var path in Paths(sub, [.. above, sub.Name]))
            {
                yield return path;
            }
        }
    }
}
