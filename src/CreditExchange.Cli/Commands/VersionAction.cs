using System.CommandLine;
using System.CommandLine.Invocation;

namespace CreditExchange.Cli.Commands;

/// <summary>Says the version.</summary>
internal sealed class VersionAction(TextWriter output) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        output.WriteLine("cx " + typeof(VersionAction).Assembly.GetName().Version?.ToString(3));
        return 0;
    }
}
