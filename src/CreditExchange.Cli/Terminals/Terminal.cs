namespace CreditExchange.Cli.Terminals;

/// <summary>What surrounds a command: streams, environment and clock. Tests bring their own.</summary>
internal sealed class Terminal
{
    /// <summary>Data.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Progress, hints and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input.</summary>
    public Func<Stream> Input { get; init; } = static () => Stream.Null;

    /// <summary>Looks up a variable.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;

    /// <summary>Whether a person watches the errors.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether a person reads the data.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether NO_COLOR asks for plain text (https://no-color.org).</summary>
    public bool NoColour => !string.IsNullOrEmpty(Environment("NO_COLOR"));
}
