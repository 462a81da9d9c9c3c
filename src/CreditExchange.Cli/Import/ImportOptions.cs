using System.CommandLine;
using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Reconcile;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Import;

/// <summary>The words of cx import and cx doctor that say which file, and what its rows are compared with.</summary>
internal sealed class ImportOptions
{
    private readonly Language _language;
    private readonly Argument<string> _file;
    private readonly Option<string?> _list;
    private readonly Option<string?> _format;
    private readonly Option<bool> _reconcile;
    private readonly Option<string?> _ends;
    private readonly Option<string?> _ground;
    private readonly Option<string?> _endedOn;
    private readonly Option<string?> _document;
    private readonly Option<string?> _authority;
    private readonly Option<string?> _decidedOn;
    private readonly Option<bool> _confirm;

    public ImportOptions(Language language)
    {
        _language = language;
        _file = new Argument<string>("FILE") { Description = Say.ImportFile.In(language) };
        _list = new Option<string?>("--list") { Description = Say.ImportList.In(language), HelpName = "CODE" };
        _format = new Option<string?>("--format") { Description = Say.Format.In(language), HelpName = "csv|ndjson" };
        _format.AcceptOnlyFromAmong("csv", "ndjson");
        _reconcile = new Option<bool>("--reconcile") { Description = Say.Reconcile.In(language) };
        _ends = new Option<string?>("--ends") { Description = Say.Ends.In(language), HelpName = "FILE" };
        _ground = new Option<string?>("--ground") { Description = Say.Ground.In(language), HelpName = "GROUND" };
        _endedOn = new Option<string?>("--ended-on") { Description = Say.EndedOn.In(language), HelpName = "D" };
        _document = new Option<string?>("--document") { Description = Say.EndDocument.In(language), HelpName = "NUMBER" };
        _authority = new Option<string?>("--authority") { Description = Say.EndAuthority.In(language), HelpName = "NAME" };
        _decidedOn = new Option<string?>("--decided-on") { Description = Say.EndDecidedOn.In(language), HelpName = "D" };
        _confirm = new Option<bool>("--confirm") { Description = Say.Confirm.In(language) };
    }

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_file);
        foreach (var option in (ReadOnlySpan<Option>)
            [_list, _format, _reconcile, _ends, _ground, _endedOn, _document, _authority, _decidedOn, _confirm])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="CliError">An option without --reconcile, or a ground or day that is none.</exception>
    public ImportWords Read(ParseResult parsed)
    {
        var command = "cx " + parsed.CommandResult.Command.Name;
        var reconcile = parsed.GetValue(_reconcile);
        foreach (var option in (ReadOnlySpan<Option>)[_ends, _ground, _endedOn, _document, _authority, _decidedOn, _confirm])
        {
            if (!reconcile && parsed.GetResult(option) is { Implicit: false })
            {
                throw CliError.Usage(_language, Say.NeedsReconcile.In(_language, option.Name), command);
            }
        }

        return new ImportWords(
            parsed.GetRequiredValue(_file), parsed.GetValue(_list) ?? "", parsed.GetValue(_format), reconcile,
            parsed.GetValue(_ends), ForAll(parsed, command), parsed.GetValue(_confirm));
    }

    private EndOrder? ForAll(ParseResult parsed, string command)
    {
        if (parsed.GetValue(_ground) is not { } word)
        {
            foreach (var option in (ReadOnlySpan<Option>)[_endedOn, _document, _authority, _decidedOn])
            {
                if (parsed.GetResult(option) is { Implicit: false })
                {
                    throw CliError.Usage(_language, Say.MissingOption.In(_language, "--ground"), command);
                }
            }

            return null;
        }

        var ground = EndsFile.Ground(word);
        if (ground == EndGround.Unspecified)
        {
            throw CliError.Usage(_language, Say.BadOption.In(_language, "--ground"), command);
        }

        var order = new EndListingRequest { Ground = ground, EndedOn = Day(parsed, _endedOn, command) };
        var (document, authority, decided) =
            (parsed.GetValue(_document) ?? "", parsed.GetValue(_authority) ?? "", Day(parsed, _decidedOn, command));
        if (document.Length + authority.Length + decided.Length > 0)
        {
            order.Document = new DecisionDocument { Number = document, Authority = authority, DecidedOn = decided };
        }

        return new EndOrder(0, order);
    }

    private string Day(ParseResult parsed, Option<string?> option, string command)
    {
        try
        {
            return RowValues.Day(parsed.GetValue(option) ?? "", option.Name);
        }
        catch (RowFaultException)
        {
            throw CliError.Usage(_language, Say.BadOption.In(_language, option.Name), command);
        }
    }
}

/// <summary>What the words say.</summary>
/// <param name="Path">The file.</param>
/// <param name="List">List of the rows that name none; with --reconcile compared in any case. Empty: none.</param>
/// <param name="Format">csv or ndjson; null: by the extension.</param>
/// <param name="Reconcile">The file is full: what it doesn't name has vanished.</param>
/// <param name="Ends">File of grounds; null: none.</param>
/// <param name="ForAll">One ground for all that vanished; null: none.</param>
/// <param name="Confirm">Goes on where so much vanished or changed that the file may be wrong.</param>
internal sealed record ImportWords(
    string Path, string List, string? Format, bool Reconcile, string? Ends, EndOrder? ForAll, bool Confirm);
