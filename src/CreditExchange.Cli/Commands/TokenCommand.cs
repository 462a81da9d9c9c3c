using System.CommandLine;
using CreditExchange.Cli.Errors;
using CreditExchange.Cli.Texts;
using CreditExchange.V1;

namespace CreditExchange.Cli.Commands;

/// <summary>cx token.</summary>
internal static class TokenCommand
{
    public static Command Build(Invocation run)
    {
        var language = run.Language;
        var agency = new Argument<string>("AGENCY") { Description = Say.AgencyId.In(language) };
        var scopes = new Option<string?>("--scopes") { Description = Say.Scopes.In(language), HelpName = "a,b" };
        var lifetime = new Option<long>("--lifetime")
        {
            Description = Say.Lifetime.In(language),
            HelpName = "SECONDS",
            DefaultValueFactory = static _ => 3600,
        };
        var command = new Command("token", Say.Token.In(language)) { agency, scopes, lifetime };
        command.SetAction(async (parsed, cancel) =>
        {
            var request = new IssueTokenRequest
            {
                AgencyId = parsed.GetRequiredValue(agency),
                LifetimeSeconds = parsed.GetValue(lifetime),
            };
            request.Scopes.Add((parsed.GetValue(scopes) ?? "").Split(
                ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            using var channel = run.Connect("security");
            var issued = await channel.Tokens.IssueTokenAsync(request, cancellationToken: cancel);
            if (run.Json)
            {
                run.Message(issued);
            }
            else
            {
                run.Line(issued.Token);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
