namespace CreditExchange.Cli.Errors;

/// <summary>Exit codes; docs/cli.md and --help name them.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Partly = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int Refused = 4;
    public const int Other = 5;
    public const int Stopped = 6;
}
