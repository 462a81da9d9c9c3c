using System.CommandLine;
using System.CommandLine.Invocation;
using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Commands;

/// <summary>Help in the language of the run.</summary>
internal static class HelpText
{
    /// <summary>"cx agency put".</summary>
    public static string Path(Command command)
    {
        if (command is RootCommand)
        {
            return "cx";
        }

        foreach (var parent in command.Parents)
        {
            if (parent is Command above)
            {
                return Path(above) + " " + command.Name;
            }
        }

        return command.Name;
    }

    public static void Write(Command command, TextWriter to, Language language)
    {
        to.WriteLine(command.Description);
        to.WriteLine();
        to.Write($"{Say.HelpUsage.In(language)}: {Path(command)}");
        foreach (var argument in command.Arguments)
        {
            to.Write(argument.Arity.MaximumNumberOfValues > 1 ? $" {argument.Name}..." : $" {argument.Name}");
        }

        to.WriteLine(command.Subcommands.Count > 0 ? $" [{Say.HelpCommands.In(language)}]" : $" [{Say.HelpOptions.In(language)}]");
        Section(to, Say.HelpCommands, language, command.Subcommands.Select(c => (c.Name, c.Description)));
        Section(to, Say.HelpArguments, language, command.Arguments.Select(a => (a.Name, a.Description)));
        Section(to, Say.HelpOptions, language, Options(command).Select(o => (Label(o), Describe(o, language))));
        Section(to, Say.HelpExitCodes, language,
        [
            ("0", Say.Exit0.In(language)), ("1", Say.Exit1.In(language)), ("2", Say.Exit2.In(language)),
            ("3", Say.Exit3.In(language)), ("4", Say.Exit4.In(language)), ("5", Say.Exit5.In(language)),
            ("6", Say.Exit6.In(language)),
        ]);
    }

    private static string? Describe(Option option, Language language) =>
        option.Required ? option.Description + Say.HelpRequired.In(language) : option.Description;

    private static IEnumerable<Option> Options(Command command)
    {
        foreach (var option in command.Options)
        {
            yield return option;
        }

        foreach (var parent in command.Parents)
        {
            if (parent is Command above)
            {
                foreach (var option in Options(above))
                {
                    if (option.Recursive)
                    {
                        yield return option;
                    }
                }
            }
        }
    }

    private static string Label(Option option)
    {
        var names = option.Aliases.Count > 0 ? $"{option.Name}, {string.Join(", ", option.Aliases)}" : option.Name;
        return option.Arity.MaximumNumberOfValues == 0 || option.HelpName is null ? names : $"{names} <{option.HelpName}>";
    }

    private static void Section(
        TextWriter to, Text head, Language language, IEnumerable<(string Name, string? What)> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
        {
            return;
        }

        var width = all.Max(static row => row.Name.Length);
        to.WriteLine();
        to.WriteLine(head.In(language) + ":");
        foreach (var (name, what) in all)
        {
            to.WriteLine($"  {name.PadRight(width)}  {what}");
        }
    }

    internal sealed class Action(TextWriter output, Language language) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            Write(parseResult.CommandResult.Command, output, language);
            return 0;
        }
    }
}
