using System.CommandLine;
using CreditExchange.Cli.Texts;

namespace CreditExchange.Cli.Commands;

/// <summary>Options that every command takes.</summary>
internal sealed class Globals(Language language)
{
    public Option<string?> Address { get; } = new("--address") { Description = Say.Address.In(language), HelpName = "URL", Recursive = true };

    public Option<string?> As { get; } = new("--as") { Description = Say.As.In(language), HelpName = "AGENCY", Recursive = true };

    public Option<string?> TokenFile { get; } = new("--token-file") { Description = Say.TokenFile.In(language), HelpName = "FILE", Recursive = true };

    public Option<string?> CaFile { get; } = new("--ca-file") { Description = Say.CaFile.In(language), HelpName = "FILE", Recursive = true };

    public Option<bool> Json { get; } = new("--json") { Description = Say.Json.In(language), Recursive = true };

    public Option<string?> Lang { get; } = new("--lang") { Description = Say.Lang.In(language), HelpName = "zh|en", Recursive = true };

    public void AddTo(Command root)
    {
        Lang.AcceptOnlyFromAmong("zh", "en");
        foreach (var option in (ReadOnlySpan<Option>)[Address, As, TokenFile, CaFile, Json, Lang])
        {
            root.Options.Add(option);
        }
    }
}
