using CreditExchange.Cli.Errors;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Cli.Tests;

public sealed class TokenCommandTests(RealHub hub) : IClassFixture<RealHub>
{
    [Fact]
    public async Task A_token_is_printed_alone_and_opens_the_hub()
    {
        using var folder = new TemporaryFolder();
        var issued = await hub.CxAsync("en", "token", "hainan-tax");
        Assert.Equal((ExitCode.Done, ""), (issued.Exit, issued.Error));
        Assert.Equal(3, Assert.Single(issued.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Split('.').Length);
        var file = folder.File("tax.jwt", issued.Out);
        Assert.Equal(ExitCode.Done, (await hub.CxAsync("en", "listing", "list", "--token-file", file)).Exit);
    }

    [Fact]
    public async Task A_token_has_the_scopes_and_the_lifetime_asked_for()
    {
        using var folder = new TemporaryFolder();
        var before = TimeProvider.System.GetUtcNow();
        var issued = await hub.CxAsync("zh", "token", "hainan-tax", "--scopes", "listing.publish, watch", "--lifetime", "900", "--json");
        Assert.Equal(ExitCode.Done, issued.Exit);
        var answer = JsonParser.Default.Parse<IssueTokenResponse>(issued.Out);
        Assert.InRange(answer.ExpiresAt.ToDateTimeOffset(), before.AddSeconds(899), TimeProvider.System.GetUtcNow().AddSeconds(900));
        var file = folder.File("tax.jwt", answer.Token);
        Assert.Equal(ExitCode.Done, (await hub.CxAsync("zh", "watch", "--from", "1", "--count", "1", "--token-file", file)).Exit);
        await hub.FailsAsync(ExitCode.Refused, "SCOPE_MISSING", "listing", "list", "--token-file", file);
    }

    [Fact]
    public async Task What_the_hub_refuses_ends_with_its_code()
    {
        await hub.FailsAsync(ExitCode.Other, "AGENCY_NOT_FOUND", "token", "nobody");
        await hub.FailsAsync(ExitCode.Other, "AGENCY_INVALID", "token", "hainan-tax", "--scopes", "security");
        await hub.FailsAsync(ExitCode.Other, "DURATION_INVALID", "token", "hainan-tax", "--lifetime", "-1");
        await hub.FailsAsync(ExitCode.Usage, "USAGE", "token", "hainan-tax", "--lifetime", "long");
        await hub.FailsAsync(ExitCode.Refused, "SCOPE_MISSING", "token", "hainan-tax", "--as", "hainan-tax");
    }

    [Fact]
    public async Task A_token_is_revoked_by_file_and_by_id()
    {
        using var folder = new TemporaryFolder();
        var issued = await hub.CxAsync("en", "token", "hainan-tax");
        var file = folder.File("lost.jwt", issued.Out);
        var revoked = await hub.CxAsync("zh", "token", "revoke", "--file", file, "--reason", "终端遗失");
        Assert.Equal((ExitCode.Done, ""), (revoked.Exit, revoked.Error));
        Assert.DoesNotContain(issued.Out.Trim(), revoked.Out, StringComparison.Ordinal);
        while ((await hub.CxAsync("en", "listing", "list", "--token-file", file)).Exit == ExitCode.Done)
        {
            await Task.Yield();
        }

        await hub.FailsAsync(ExitCode.Refused, "TOKEN_REVOKED", "listing", "list", "--token-file", file);
        var byId = await hub.CxAsync("en", "token", "revoke", "--jti", "abc-1", "--reason", "lost", "--json");
        Assert.Equal("abc-1", JsonParser.Default.Parse<RevokeTokenResponse>(byId.Out).TokenRevocation.Jti);
        await hub.FailsAsync(ExitCode.Usage, "USAGE", "token", "revoke", "--jti", "abc-1");
        await hub.FailsAsync(ExitCode.Usage, "USAGE", "token");
    }
}
