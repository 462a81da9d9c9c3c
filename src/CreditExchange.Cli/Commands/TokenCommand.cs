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
        var command = new Command("token", Say.Token.In(language)) { agency, scopes, lifetime, Revoke(run) };
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

    // Not from the command line: others see that, and a token opens the hub until it is revoked.
    private static Command Revoke(Invocation run)
    {
        var language = run.Language;
        var file = new Option<string>("--file")
        {
            Description = Say.TokenRevokeFile.In(language),
            HelpName = "FILE",
            DefaultValueFactory = static _ => "-",
        };
        var jti = new Option<string?>("--jti") { Description = Say.TokenJti.In(language), HelpName = "ID" };
        var reason = new Option<string>("--reason") { Description = Say.Reason.In(language), HelpName = "TEXT", Required = true };
        var command = new Command("revoke", Say.TokenRevoke.In(language)) { file, jti, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            var request = new RevokeTokenRequest { RequestId = Invocation.NewRequestId(), Reason = parsed.GetRequiredValue(reason) };
            if (parsed.GetValue(jti) is { } id)
            {
                request.Jti = id;
            }
            else
            {
                request.Token = await ReadAsync(run, parsed.GetRequiredValue(file), cancel);
            }

            using var channel = run.Connect("security");
            var answer = await channel.Tokens.RevokeTokenAsync(request, cancellationToken: cancel);
            if (run.Json)
            {
                run.Message(answer);
            }
            else
            {
                run.Line(Say.TokenRevoked.In(language, answer.TokenRevocation.Jti, answer.Position));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<string> ReadAsync(Invocation run, string path, CancellationToken cancel)
    {
        if (path != "-")
        {
            return run.ReadFile(path).Trim();
        }

        using var input = new StreamReader(run.Terminal.Input());
        return (await input.ReadToEndAsync(cancel)).Trim();
    }
}
