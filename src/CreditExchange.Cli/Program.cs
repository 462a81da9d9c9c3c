using System.Text;
using CreditExchange.Cli.Commands;
using CreditExchange.Cli.Terminals;

namespace CreditExchange.Cli;

/// <summary>cx.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var plain = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        await using var output = new StreamWriter(Console.OpenStandardOutput(), plain) { AutoFlush = !Console.IsOutputRedirected };
        await using var error = new StreamWriter(Console.OpenStandardError(), plain) { AutoFlush = true };
        using var interrupted = new CancellationTokenSource();
        Console.CancelKeyPress += (_, press) =>
        {
            press.Cancel = true;
            interrupted.Cancel();
        };
        var terminal = new Terminal
        {
            Out = output,
            Error = error,
            Input = Console.OpenStandardInput,
            Environment = Environment.GetEnvironmentVariable,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            OutIsTerminal = !Console.IsOutputRedirected,
        };
        return await CommandLine.RunAsync(args, terminal, interrupted.Token);
    }
}
