using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Terminals;
using CreditExchange.Cli.Texts;
using Grpc.Core;

namespace CreditExchange.Cli.Commands;

/// <summary>Parses the words, runs the command and turns every failure into one line and an exit code.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancel = default)
    {
        var language = Languages.Choose(args, terminal.Environment);
        var globals = new Globals(language);
        var run = new Invocation(terminal, language, globals);
        var root = Build(run, globals, language);
        var parsed = root.Parse(args);
        run.Parsed = parsed;
        try
        {
            if (parsed.Action is HelpText.Action help)
            {
                return help.Invoke(parsed);
            }

            if (parsed.Action is not VersionAction)
            {
                RefuseErrors(parsed, args, language);
            }

            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = terminal.Out,
                    Error = terminal.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                }, cancel);
        }
        catch (CliError error)
        {
            return Fail(error, terminal, language);
        }
        catch (RpcException) when (cancel.IsCancellationRequested)
        {
            return ExitCode.Other;
        }
        catch (RpcException failure)
        {
            return Fail(ErrorLine.Of(failure, language, run.Address), terminal, language);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Other;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Fail(CliError.File(language, (fault as FileNotFoundException)?.FileName ?? "", ExitCode.Other), terminal, language);
        }
        finally
        {
            await terminal.Out.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>The tree of commands.</summary>
    internal static RootCommand Build(Invocation run, Globals globals, Language language)
    {
        var root = new RootCommand(Say.Root.In(language));
        root.Options.Clear();
        root.Options.Add(new HelpOption { Description = Say.Help.In(language), Action = new HelpText.Action(run.Terminal.Out, language) });
        root.Options.Add(new VersionOption { Description = Say.Version.In(language), Action = new VersionAction(run.Terminal.Out) });
        globals.AddTo(root);
        root.Subcommands.Add(ImportCommand.Build(run));
        root.Subcommands.Add(DoctorCommand.Build(run));
        root.Subcommands.Add(CheckCommand.Build(run));
        root.Subcommands.Add(WatchCommand.Build(run));
        root.Subcommands.Add(ListingCommand.Build(run));
        root.Subcommands.Add(CatalogueCommand.Build(run));
        root.Subcommands.Add(WhoSeesCommand.Build(run));
        root.Subcommands.Add(AgencyCommand.Build(run));
        root.Subcommands.Add(TokenCommand.Build(run));
        root.Subcommands.Add(KeysCommand.Build(run));
        root.Subcommands.Add(AgreementCommand.Build(run));
        root.Subcommands.Add(PartnersCommand.Build(run));
        root.Subcommands.Add(LedgerCommand.Build(run));
        root.Subcommands.Add(ConsumersCommand.Build(run));
        root.Subcommands.Add(AccessLogCommand.Build(run));
        root.Subcommands.Add(SampleCommand.Build(run));
        root.Subcommands.Add(PersonasCommand.Build(run));
        return root;
    }

    private static int Fail(CliError error, Terminal terminal, Language language)
    {
        terminal.Error.WriteLine(ErrorLine.Render(error, language));
        return error.ExitCode;
    }

    // The parser's own texts repeat the words of the command line, and one of them may be an identity number.
    private static void RefuseErrors(ParseResult parsed, IReadOnlyList<string> args, Language language)
    {
        if (parsed.Errors.Count == 0 && parsed.CommandResult.Command.Action is not null)
        {
            return;
        }

        throw CliError.Usage(language, Wrong(parsed, args, language), HelpText.Path(parsed.CommandResult.Command));
    }

    private static string Wrong(ParseResult parsed, IReadOnlyList<string> args, Language language)
    {
        if (parsed.UnmatchedTokens.Count > 0)
        {
            var index = 0;
            while (index < args.Count && args[index] != parsed.UnmatchedTokens[0])
            {
                index++;
            }

            return Say.UnknownWord.In(language, index + 1);
        }

        foreach (var error in parsed.Errors)
        {
            if (error.SymbolResult is OptionResult { Tokens.Count: > 0 } option)
            {
                return Say.BadOption.In(language, option.Option.Name);
            }

            if (error.SymbolResult is OptionResult empty)
            {
                return Say.MissingOption.In(language, empty.Option.Name);
            }

            if (error.SymbolResult is ArgumentResult { Tokens.Count: > 0 } word)
            {
                return Say.BadOption.In(language, word.Argument.Name);
            }

            if (error.SymbolResult is ArgumentResult argument)
            {
                return Say.MissingOption.In(language, argument.Argument.Name);
            }
        }

        foreach (var option in parsed.CommandResult.Command.Options)
        {
            if (option.Required && parsed.GetResult(option) is null or { Implicit: true })
            {
                return Say.MissingOption.In(language, option.Name);
            }
        }

        foreach (var argument in parsed.CommandResult.Command.Arguments)
        {
            if (argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is null or { Tokens.Count: 0 })
            {
                return Say.MissingOption.In(language, argument.Name);
            }
        }

        return Say.MissingCommand.In(language);
    }
}
