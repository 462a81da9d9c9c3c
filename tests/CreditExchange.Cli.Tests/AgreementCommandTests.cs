using CreditExchange.Cli.Errors;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Cli.Tests;

public sealed class AgreementCommandTests(RealHub hub) : IClassFixture<RealHub>
{
    [Fact]
    public async Task Two_operators_sign_hand_each_other_files_and_end_it()
    {
        await using var guangdong = await HubServer.StartAsync(null, null, "Recognition:Region=440000", "Recognition:HubId=guangdong-hub");
        using var folder = new TemporaryFolder();
        var party = folder.File("guangdong.json", (await ThereAsync("agreement", "party")).Out);
        var proposed = await hub.CxAsync("en", "agreement", "propose", "GD-HI-2026-01", "--partner", party);
        Assert.Equal((ExitCode.Done, true), (proposed.Exit, proposed.Error.StartsWith("GD-HI-2026-01 is proposed", StringComparison.Ordinal)));
        Assert.DoesNotContain("PRIVATE", proposed.Out, StringComparison.Ordinal);

        var both = await ThereAsync("agreement", "countersign", folder.File("proposed.json", proposed.Out));
        Assert.Equal(ExitCode.Done, both.Exit);
        // Back by the binary form.
        var binary = Path.Combine(folder.Path, "both.pb");
        Assert.Equal(ExitCode.Done, (await ThereAsync("agreement", "export", "GD-HI-2026-01", "--binary", binary)).Exit);
        var signed = SignedAgreement.Parser.ParseFrom(File.ReadAllBytes(binary));
        Assert.Equal(JsonParser.Default.Parse<SignedAgreement>(both.Out), signed);
        var returned = await hub.CxAsync("zh", "agreement", "countersign", binary);
        Assert.Equal(ExitCode.Done, returned.Exit);
        Assert.Contains("已由双方签名", returned.Error, StringComparison.Ordinal);
        Assert.Equal(2, JsonParser.Default.Parse<SignedAgreement>(returned.Out).Signatures.Count);

        var listed = await hub.CxAsync("zh", "agreement", "list");
        Assert.Equal("GD-HI-2026-01\t440000\t生效\t2026-01-01\t2031-01-01\t✓\n", listed.Out);
        var json = await hub.CxAsync("en", "agreement", "list", "--json");
        Assert.True(JsonParser.Default.Parse<AgreementStatus>(json.Out).Counts);

        var suspended = await hub.CxAsync("en", "agreement", "suspend", "GD-HI-2026-01", "--reason", "质量核查", "--document", "琼信办〔2026〕3号", "--authority", "海南省信用办", "--decided-on", "2026-01-05");
        var status = JsonParser.Default.Parse<AgreementStatus>(suspended.Out);
        Assert.Equal((AgreementState.Suspended, "琼信办〔2026〕3号"), (status.Agreement.State, status.Agreement.Document.Number));
        Assert.Equal(ExitCode.Done, (await hub.CxAsync("en", "agreement", "resume", "GD-HI-2026-01", "--reason", "r")).Exit);
        Assert.Equal(ExitCode.Done, (await hub.CxAsync("en", "agreement", "end", "GD-HI-2026-01", "--reason", "r")).Exit);
        var shown = await hub.CxAsync("en", "agreement", "show", "GD-HI-2026-01");
        Assert.Equal(AgreementState.Ended, JsonParser.Default.Parse<AgreementStatus>(shown.Out).Agreement.State);
        await hub.FailsAsync(ExitCode.Other, "AGREEMENT_STATE", "agreement", "suspend", "GD-HI-2026-01", "--reason", "r");

        async Task<(int Exit, string Out, string Error)> ThereAsync(params string[] words)
        {
            var run = new Run { Variables = { ["CREDITEXCHANGE_DATA"] = guangdong.Data } };
            var exit = await run.Cx([.. words, "--address", guangdong.GrpcAddress, "--lang", "en"]);
            return (exit, run.Out, run.Error);
        }
    }

    [Fact]
    public async Task What_cannot_be_signed_ends_with_its_code()
    {
        using var folder = new TemporaryFolder();
        var broken = folder.File("broken.json", "{\"agreement_id\": ");
        await hub.FailsAsync(ExitCode.Usage, "USAGE", "agreement", "propose", broken);
        await hub.FailsAsync(ExitCode.Usage, "FILE", "agreement", "propose", Path.Combine(folder.Path, "none.json"));
        await hub.FailsAsync(ExitCode.Other, "AGREEMENT_INVALID", "agreement", "propose", folder.File("odd.json", "{\"agreement_id\": \"low\"}"));
        await hub.FailsAsync(ExitCode.Other, "AGREEMENT_INVALID", "agreement", "countersign", folder.File("empty.json", "{}"));
        await hub.FailsAsync(ExitCode.Other, "AGREEMENT_NOT_FOUND", "agreement", "show", "GD-HI-NONE");
        await hub.FailsAsync(ExitCode.Usage, "USAGE", "agreement", "end", "GD-HI-NONE");
        await hub.FailsAsync(ExitCode.Refused, "SCOPE_MISSING", "agreement", "list", "--as", "hainan-tax");
    }
}
