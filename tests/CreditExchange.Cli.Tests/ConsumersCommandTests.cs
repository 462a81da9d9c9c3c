using CreditExchange.Cli.Errors;
using CreditExchange.Ledger;
using CreditExchange.V1;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Cli.Tests;

public sealed class ConsumersCommandTests(RealHub hub) : IClassFixture<RealHub>
{
    [Fact]
    public async Task Consumers_are_listed_in_order_for_operators_all_and_for_others_their_own()
    {
        var ledger = hub.Hub.Services.GetRequiredService<ILedger>();
        await TellAsync("guangxi-hub", "node-1", 1);
        await TellAsync("guangdong-hub", "node-2", ledger.Head - 3, new RefusedUpdate { Position = 2, Reason = "LIST_UNKNOWN" });
        await TellAsync("guangdong-hub", "node-1", ledger.Head);
        foreach (var lang in (string[])["zh", "en"])
        {
            var listed = await hub.CxAsync(lang, "consumers");
            Assert.Equal((ExitCode.Done, ""), (listed.Exit, listed.Error));
            var rows = listed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => l.Split('\t')).ToList();
            Assert.Equal(
                ["guangdong-hub node-1", "guangdong-hub node-2", "guangxi-hub node-1"], rows.Select(static r => $"{r[0]} {r[1]}"));
            Assert.Equal([$"{ledger.Head}", "0", "-"], rows[0][2..5]);
            Assert.Equal([$"{ledger.Head - 3}", "3"], rows[1][2..4]);
            Assert.Matches(@"^\d+\.\ds$", rows[1][4]);
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", rows[1][5]);
            Assert.Equal("1", rows[1][6]);
        }

        var own = await hub.CxAsync("en", "consumers", "--as", "guangxi-hub");
        Assert.StartsWith("guangxi-hub\tnode-1\t1\t", Assert.Single(own.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);

        var json = await hub.CxAsync("en", "consumers", "--json");
        var parsed = json.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonParser.Default.Parse<Consumer>(l)).ToList();
        Assert.Equal(["node-1", "node-2", "node-1"], parsed.Select(static c => c.Name));
        Assert.Equal("LIST_UNKNOWN", Assert.Single(parsed[1].Refused).Reason);

        async Task TellAsync(string agency, string name, long position, params RefusedUpdate[] refused) =>
            await hub.Hub.Updates(agency).AcknowledgeUpdatesAsync(new AcknowledgeUpdatesRequest
            {
                Consumer = name,
                LedgerId = ledger.LedgerId,
                Position = position,
                Refused = { refused },
            });
    }

    [Fact]
    public async Task Who_may_not_follow_may_not_list()
    {
        await hub.FailsAsync(ExitCode.Refused, "SCOPE_MISSING", "consumers", "--as", "security");
        await hub.FailsAsync(ExitCode.Refused, "TOKEN_MISSING", "consumers", "--as", "nobody");
        await hub.FailsAsync(ExitCode.Usage, "USAGE", "consumers", "word");
    }
}
