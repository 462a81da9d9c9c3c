using CreditExchange.Hub.Access;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Cli.Tests;

/// <summary>The real hub in this process, for the tests of a class, and cx beside it with the hub's demonstration tokens.</summary>
public sealed class RealHub : IAsyncLifetime
{
    public HubServer Hub { get; private set; } = null!;

    public async Task InitializeAsync() => Hub = await HubServer.StartAsync();

    public async Task DisposeAsync() => await Hub.DisposeAsync();

    /// <summary>Runs cx against the hub.</summary>
    /// <param name="lang">zh or en.</param>
    /// <param name="words">The command line.</param>
    internal async Task<(int Exit, string Out, string Error)> CxAsync(string lang, params string[] words)
    {
        var run = new Run { Variables = { ["CREDITEXCHANGE_DATA"] = Hub.Data } };
        var exit = await run.Cx([.. words, "--address", Hub.GrpcAddress, "--lang", lang]);
        // No terminal is there: no colour, no cursor.
        Assert.DoesNotContain('\u001b', run.Out + run.Error);
        return (exit, run.Out, run.Error);
    }

    /// <summary>Runs cx, which must fail with this code, one line on standard error, this reason and the language's own text.</summary>
    internal async Task FailsAsync(int exit, string reason, params string[] words)
    {
        foreach (var lang in (string[])["zh", "en"])
        {
            foreach (var form in (string[][])[[], ["--json"]])
            {
                var failed = await CxAsync(lang, [.. words, .. form]);
                Assert.Equal((exit, ""), (failed.Exit, failed.Out));
                var line = Assert.Single(failed.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
                Assert.StartsWith("cx: ", line, StringComparison.Ordinal);
                Assert.Contains(reason, line, StringComparison.Ordinal);
                Assert.Equal(lang == "zh", line.Any(static c => c is >= '\u4e00' and <= '\u9fff'));
            }
        }
    }

    /// <summary>Waits until the hub's rights know an agency at a revision.</summary>
    internal async Task<Agency> RevisionAsync(string agency, long revision)
    {
        var rights = Hub.Services.GetRequiredService<RightsView>();
        while (rights.Find(agency) is not { } known || known.Revision < revision)
        {
            await Task.Yield();
        }

        return rights.Find(agency)!;
    }
}
