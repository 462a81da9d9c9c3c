using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Texts;
using Google.Protobuf;
using Spectre.Console;
using Text = CreditExchange.Cli.Texts.Text;

namespace CreditExchange.Cli.Terminals;

/// <summary>Rows: a table on a terminal, tab-separated lines in a pipe, messages with --json.</summary>
internal sealed class TextTable(Invocation run, params Text[] heads)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row; with --json its message is written at once.</summary>
    public void Add(IMessage message, params string[] cells)
    {
        if (run.Json)
        {
            run.Message(message);
        }
        else
        {
            _rows.Add(cells);
        }
    }

    /// <summary>Adds a row of a command that writes its JSON itself.</summary>
    public void Row(params string[] cells) => _rows.Add(cells);

    public void Write()
    {
        if (run.Json)
        {
            return;
        }

        if (!run.Terminal.OutIsTerminal)
        {
            _rows.ForEach(row => run.Line(string.Join('\t', row)));
            return;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(run.Terminal.Out),
            ColorSystem = run.Terminal.NoColour ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        var table = new Table().Border(TableBorder.Simple);
        foreach (var head in heads)
        {
            table.AddColumn(Markup.Escape(head.In(run.Language)));
        }

        foreach (var row in _rows)
        {
            table.AddRow(Array.ConvertAll(row, Markup.Escape));
        }

        console.Write(table);
    }
}
