using System.Text;
using CreditExchange.Cli.Texts;
using CreditExchange.Client;
using Grpc.Core;

namespace CreditExchange.Cli.Errors;

/// <summary>Turns a failure into an exit code and one line for standard error.</summary>
internal static class ErrorLine
{
    public static CliError Of(RpcException failure, Language language, Uri? address)
    {
        var hub = HubError.From(failure);
        var exit = Exit(failure.StatusCode);
        var code = hub is { Reason.Length: > 0 } ? hub.Reason : Screaming(failure.StatusCode.ToString());
        if (hub is { LocalizedText.Length: > 0 })
        {
            // The hub's text says what happened and what to do next.
            return new CliError(exit, code, hub.LocalizedText, "");
        }

        return exit switch
        {
            ExitCode.Unreachable => new CliError(
                exit, code, Say.Unreachable.In(language, address?.ToString() ?? "?"), Say.UnreachableNext.In(language)),
            ExitCode.Refused => new CliError(exit, code, Say.Refused.In(language), Say.RefusedNext.In(language)),
            _ => new CliError(exit, code, Say.Failed.In(language, failure.Status.Detail), Say.FailedNext.In(language)),
        };
    }

    public static string Render(CliError error, Language language)
    {
        var line = error.Next.Length > 0
            ? Say.Line.In(language, error.Message.TrimEnd('.', '。'), error.Next, error.Reason)
            : $"{error.Message} ({error.Reason})";
        return "cx: " + OneLine(line);
    }

    /// <summary>The exit code of a status.</summary>
    public static int Exit(StatusCode status) => status switch
    {
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => ExitCode.Unreachable,
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => ExitCode.Refused,
        _ => ExitCode.Other,
    };

    /// <summary>ResourceExhausted becomes RESOURCE_EXHAUSTED.</summary>
    public static string Screaming(string pascal)
    {
        var text = new StringBuilder(pascal.Length + 4);
        foreach (var c in pascal)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToUpperInvariant(c));
        }

        return text.ToString();
    }

    // A text from outside may hold line ends or terminal escapes.
    private static string OneLine(string text) =>
        string.Create(text.Length, text, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(from[i]) ? ' ' : from[i];
            }
        });
}
