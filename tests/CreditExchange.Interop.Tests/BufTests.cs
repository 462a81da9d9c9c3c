using System.Text.Json;
using CreditExchange.TestKit;

namespace CreditExchange.Interop.Tests;

public sealed class BufTests
{
    private static readonly string[] Curl = ["curl", "--protocol", "grpc", "--http2-prior-knowledge"];

    [Fact]
    public async Task The_contract_lints_clean()
    {
        var (code, text) = await ChildProcess.RunAsync(".", HubVariables.None, null, Repository.Buf, "lint");
        Assert.True(code == 0 && text.Length == 0, text);
    }

    [Fact]
    public async Task What_has_landed_in_the_contract_is_not_broken()
    {
        var (code, text) = await BreakingAsync(".");
        Assert.True(code == 0, $"{text}\nA wire name or number that callers know has changed (docs: CONTRIBUTING.md, the contract).");
    }

    [Theory]
    [InlineData("string purpose = 3;", "")]
    [InlineData("string purpose = 3;", "string purpose = 33;")]
    [InlineData("string purpose = 3;", "int64 purpose = 3;")]
    public async Task The_guard_notices_a_field_that_was_removed_renumbered_or_retyped(string field, string instead)
    {
        var copy = Directory.CreateTempSubdirectory("contract-").FullName;
        try
        {
            var (copied, complaint) = await ChildProcess.RunAsync(".", HubVariables.None, null, "/bin/cp", "-r", "protos", "buf.yaml", copy);
            Assert.True(copied == 0, complaint);
            var file = Path.Combine(copy, "protos/creditexchange/v1/lookup_service.proto");
            var proto = await File.ReadAllTextAsync(file);
            Assert.Contains(field, proto, StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, proto.Replace(field, instead, StringComparison.Ordinal));
            var (code, text) = await BreakingAsync(copy);
            Assert.True(code != 0, "buf breaking saw nothing");
            Assert.Contains("purpose", text, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task Reflection_tells_buf_curl_every_service()
    {
        await using var hub = await HubServer.StartAsync();
        var (code, text) = await ChildProcess.RunAsync(
            ".", HubVariables.None, null, [Repository.Buf, .. Curl, hub.GrpcAddress, "--list-services"]);
        Assert.True(code == 0, text);
        foreach (var service in (string[])["Registry", "Lookup", "ListUpdate", "Catalogue", "Agency", "Token"])
        {
            Assert.Contains($"creditexchange.v1.{service}Service\n", text, StringComparison.Ordinal);
        }

        Assert.Contains("grpc.health.v1.Health\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Buf_curl_checks_a_subject_with_nothing_but_reflection_and_a_token()
    {
        await using var hub = await HubServer.StartAsync();
        string[] command =
        [
            Repository.Buf, .. Curl, "-H", $"authorization: Bearer {hub.TokenOf("hainan-approval")}", "-d", "@-",
            $"{hub.GrpcAddress}/creditexchange.v1.LookupService/CheckSubject",
        ];
        const string request = """
            {"subject": {"kind": "ID_KIND_USCC", "number": "91350100M000100Y43"}, "matter": "approval.notification-commitment", "purpose": "CASE-1"}
            """;
        var (code, text) = await ChildProcess.RunAsync(".", HubVariables.None, request, command);
        Assert.True(code == 0, text);
        using var answer = JsonDocument.Parse(text);
        Assert.Equal("VERDICT_CLEAR", answer.RootElement.GetProperty("verdict").GetString());
        Assert.NotEmpty(answer.RootElement.GetProperty("checkId").GetString()!);
    }

    private static Task<(int Code, string Text)> BreakingAsync(string folder) => ChildProcess.RunAsync(
        folder, HubVariables.None, null, Repository.Buf, "breaking", "--against", Repository.PathOf("protos/creditexchange.v1.binpb"));
}
