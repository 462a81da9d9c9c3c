using System.CommandLine;
using System.Reflection;
using System.Text.RegularExpressions;
using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Tests;

/// <summary>Everything that cx says of its own is there in both languages.</summary>
public sealed partial class WordsTests
{
    // The same in any language: a form, not words.
    private static readonly string[] Forms = [nameof(Say.ImportReason), nameof(Say.Line)];

    [Fact]
    public void Every_text_is_there_in_Chinese_and_in_English_with_the_same_facts()
    {
        var texts = typeof(Say).GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(f => f.FieldType == typeof(Text)).Select(f => (f.Name, Text: (Text)f.GetValue(null)!)).ToList();
        Assert.True(texts.Count > 100);
        var faults = texts.Where(t => IsFaulty(t.Name, t.Text)).Select(t => $"{t.Name}: '{t.Text.Zh}' '{t.Text.En}'").ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void Every_command_option_and_argument_is_described_in_both_languages()
    {
        var chinese = Descriptions(Language.Zh);
        var english = Descriptions(Language.En);
        Assert.Equal(english.Keys, chinese.Keys);
        var faults = english.Where(e => !IsWords(chinese[e.Key]) || string.IsNullOrWhiteSpace(e.Value) || IsWords(e.Value))
            .Select(e => $"{e.Key}: '{chinese[e.Key]}' '{e.Value}'").ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void No_text_in_the_programs_own_lines_stands_outside_of_the_texts()
    {
        // A Chinese letter in a command's code would be a text that has no English.
        var strays = typeof(Say).Assembly.GetTypes().Where(t => t != typeof(Say)).SelectMany(t => t.GetFields(
                BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(f => f.FieldType == typeof(Text)).Select(f => $"{f.DeclaringType}.{f.Name}").ToList();
        Assert.Empty(strays);
    }

    private static bool IsFaulty(string name, Text text) =>
        string.IsNullOrWhiteSpace(text.Zh) || string.IsNullOrWhiteSpace(text.En)
        || (!IsWords(text.Zh) && !Forms.Contains(name)) || IsWords(text.En)
        || !Facts(text.Zh).SetEquals(Facts(text.En));

    private static HashSet<string> Facts(string text) => [.. Fact().Matches(text).Select(m => m.Value)];

    private static bool IsWords(string? text) => text is not null && Chinese().IsMatch(text);

    private static SortedDictionary<string, string?> Descriptions(Language language)
    {
        var terminal = new Terminal
        {
            Out = TextWriter.Null,
            Error = TextWriter.Null,
            Input = () => Stream.Null,
            Environment = _ => null,
        };
        var globals = new Globals(language);
        var found = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        Collect(CommandLine.Build(new Invocation(terminal, language, globals), globals, language), "cx", found);
        return found;
    }

    private static void Collect(Command command, string path, SortedDictionary<string, string?> into)
    {
        into.Add(path, command.Description);
        foreach (var option in command.Options)
        {
            into.Add($"{path} {option.Name}", option.Description);
        }

        foreach (var argument in command.Arguments)
        {
            into.Add($"{path} {argument.Name}", argument.Description);
        }

        foreach (var below in command.Subcommands)
        {
            Collect(below, $"{path} {below.Name}", into);
        }
    }

    [GeneratedRegex(@"\{\d+\}")]
    private static partial Regex Fact();

    [GeneratedRegex(@"[\u4e00-\u9fff]")]
    private static partial Regex Chinese();
}
