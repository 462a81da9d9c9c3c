using CreditExchange.Cli.Errors;
using CreditExchange.Domain.Agencies;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Cli.Tests;

public sealed class AgencyCommandTests(RealHub hub) : IClassFixture<RealHub>
{
    [Fact]
    public async Task List_tells_every_agency_in_the_language_of_the_run()
    {
        foreach (var lang in (string[])["zh", "en"])
        {
            var listed = await hub.CxAsync(lang, "agency", "list");
            Assert.Equal((ExitCode.Done, ""), (listed.Exit, listed.Error));
            var rows = listed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => l.Split('\t')).ToDictionary(static r => r[0]);
            foreach (var agency in DemonstrationAgencies.All())
            {
                Assert.Equal(lang == "zh" ? agency.Name.Zh : agency.Name.En, rows[agency.AgencyId][1]);
                Assert.Equal(agency.Region, rows[agency.AgencyId][3]);
            }
        }

        var json = await hub.CxAsync("en", "agency", "list", "--json");
        var ids = json.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonParser.Default.Parse<Agency>(l).AgencyId);
        Assert.Empty(DemonstrationAgencies.All().Select(static a => a.AgencyId).Except(ids));
    }

    [Fact]
    public async Task Show_tells_one_agency_and_put_changes_it_at_the_revision_known_now()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("agency.json", """
            {"agency_id": "cli-hub", "name": {"zh": "甲平台", "en": "Hub A"}, "region": "440000", "kind": "AGENCY_KIND_PARTNER_HUB",
             "rights": {"scopes": ["watch"], "recipient": "RECIPIENT_KIND_PARTNER"}}
            """);
        var added = await hub.CxAsync("zh", "agency", "put", file, "--reason", "新增");
        Assert.Equal((ExitCode.Done, ""), (added.Exit, added.Error));
        Assert.Equal(1, JsonParser.Default.Parse<Agency>(added.Out).Revision);
        await hub.RevisionAsync("cli-hub", 1);

        File.WriteAllText(file, File.ReadAllText(file).Replace("\"watch\"", "\"watch\", \"snapshot\"", StringComparison.Ordinal));
        var changed = await hub.CxAsync("en", "agency", "put", file, "--json");
        Assert.Equal(ExitCode.Done, changed.Exit);
        Assert.Equal(2, JsonParser.Default.Parse<Agency>(changed.Out).Revision);
        await hub.RevisionAsync("cli-hub", 2);

        var shown = await hub.CxAsync("en", "agency", "show", "cli-hub");
        Assert.Equal((ExitCode.Done, changed.Out), (shown.Exit, shown.Out));
        Assert.Equal(["watch", "snapshot"], JsonParser.Default.Parse<Agency>(shown.Out).Rights.Scopes);
    }

    [Fact]
    public async Task Revoke_ends_an_agencys_access()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("agency.json", """
            {"agency_id": "gone-hub", "name": {"zh": "乙平台", "en": "Hub B"}, "region": "440000", "kind": "AGENCY_KIND_PARTNER_HUB",
             "rights": {"scopes": ["watch"], "recipient": "RECIPIENT_KIND_PARTNER"}}
            """);
        Assert.Equal(ExitCode.Done, (await hub.CxAsync("zh", "agency", "put", file)).Exit);
        await hub.RevisionAsync("gone-hub", 1);
        var token = folder.File("gone.jwt", (await hub.CxAsync("zh", "token", "gone-hub")).Out);
        Assert.Equal(ExitCode.Done, (await hub.CxAsync("zh", "catalogue", "lists", "--token-file", token)).Exit);

        var revoked = await hub.CxAsync("zh", "agency", "revoke", "gone-hub", "--reason", "终止");
        Assert.Equal((ExitCode.Done, true), (revoked.Exit, JsonParser.Default.Parse<Agency>(revoked.Out).Revoked));
        await hub.RevisionAsync("gone-hub", 2);
        await hub.FailsAsync(ExitCode.Refused, "AGENCY_REVOKED", "catalogue", "lists", "--token-file", token);
        await hub.FailsAsync(ExitCode.Other, "AGENCY_INVALID", "token", "gone-hub");
        var listed = await hub.CxAsync("zh", "agency", "list");
        Assert.Contains(listed.Out.Split('\n'), static l => l.StartsWith("gone-hub\t", StringComparison.Ordinal) && l.EndsWith('✗'));
    }

    [Fact]
    public async Task What_the_hub_refuses_ends_with_its_code()
    {
        using var folder = new TemporaryFolder();
        var broken = folder.File("broken.json", "{\"agency_id\": ");
        var invalid = folder.File("invalid.json", "{\"agency_id\": \"UPPER\"}");
        await hub.FailsAsync(ExitCode.Other, "AGENCY_NOT_FOUND", "agency", "show", "nobody");
        await hub.FailsAsync(ExitCode.Other, "AGENCY_NOT_FOUND", "agency", "revoke", "nobody", "--reason", "r");
        await hub.FailsAsync(ExitCode.Other, "AGENCY_INVALID", "agency", "put", invalid);
        await hub.FailsAsync(ExitCode.Usage, "USAGE", "agency", "put", broken);
        await hub.FailsAsync(ExitCode.Usage, "FILE", "agency", "put", Path.Combine(folder.Path, "none.json"));
        await hub.FailsAsync(ExitCode.Usage, "USAGE", "agency", "revoke", "cli-hub");
        await hub.FailsAsync(ExitCode.Refused, "SCOPE_MISSING", "agency", "list", "--as", "operator");
        await hub.FailsAsync(ExitCode.Refused, "SCOPE_MISSING", "agency", "revoke", "auditor", "--reason", "r", "--as", "hainan-tax");
        await hub.FailsAsync(ExitCode.Refused, "TOKEN_MISSING", "agency", "list", "--as", "nobody");
    }
}
