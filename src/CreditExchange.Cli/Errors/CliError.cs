using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Errors;

/// <summary>An error that a command ends with: what happened, what to do next, a stable code.</summary>
internal sealed class CliError(int exitCode, string reason, string what, string next) : Exception(what)
{
    public int ExitCode { get; } = exitCode;

    public string Reason { get; } = reason;

    public string Next { get; } = next;

    public static CliError Usage(Language language, string what, string command = "cx") =>
        new(Errors.ExitCode.Usage, "USAGE", Say.Usage.In(language, what), Say.UsageNext.In(language, command));

    public static CliError File(Language language, string path, int exitCode = Errors.ExitCode.Usage) =>
        new(exitCode, "FILE", Say.FileUnreadable.In(language, path), Say.FileNext.In(language));
}
