using System.Security.Cryptography;
using CreditExchange.Cli.Errors;
using CreditExchange.Domain.Recognition;
using CreditExchange.V1;

namespace CreditExchange.Cli.Tests;

public sealed class PartnersCommandTests(RealHub hub) : IClassFixture<RealHub>
{
    [Fact]
    public async Task Partners_are_listed_in_both_languages_and_only_an_epoch_that_was_shown_is_admitted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var recognition = new RecognitionService.RecognitionServiceClient(hub.Hub.As("operator"));
        var own = (await recognition.DescribePartyAsync(new DescribePartyRequest())).Party;
        var terms = DemonstrationAgreements.Terms("GD-HI-2026-01", own, new AgreementParty
        {
            Region = "440000",
            Name = new LocalizedText { Zh = "广东省", En = "Guangdong" },
            HubId = "guangdong-hub",
            LedgerId = "abcdef",
            Keys = { AgreementSignatures.PublicKey(key) },
        });
        await recognition.ProposeAgreementAsync(new ProposeAgreementRequest { RequestId = "partners", Terms = terms });
        foreach (var (lang, state) in new[] { ("zh", "无有效协议"), ("en", "NoAgreement") })
        {
            var listed = await hub.CxAsync(lang, "partners");
            Assert.Equal((ExitCode.Done, ""), (listed.Exit, listed.Error));
            var cells = Assert.Single(listed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Split('\t');
            Assert.Equal(["440000", state, "0"], cells[..3]);
            Assert.Equal(["-", "-"], [cells[4], cells[^1]]);
        }

        var json = await hub.CxAsync("en", "partners", "--json");
        Assert.Contains("\"440000\"", json.Out, StringComparison.Ordinal);
        var admitted = await hub.CxAsync("en", "partners", "admit", "440000", "abcdef.2", "--reason", "asked there");
        Assert.NotEqual(ExitCode.Done, admitted.Exit);
        Assert.Contains("EPOCH_NOT_OFFERED", admitted.Error, StringComparison.Ordinal);
        var rotated = await hub.CxAsync("en", "partners", "rotate-key", "440000", "--reason", "yearly");
        Assert.Equal(ExitCode.Done, rotated.Exit);
        Assert.Contains("2", rotated.Out, StringComparison.Ordinal);
    }
}
