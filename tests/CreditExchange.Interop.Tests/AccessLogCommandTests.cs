using System.Text.Json;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Interop.Tests;

/// <summary>cx access-log as a process, against the real hub.</summary>
public sealed class AccessLogCommandTests
{
    [Fact]
    public async Task The_auditor_reads_what_was_answered_by_check_id_request_id_and_subject_and_number_nowhere()
    {
        await using var hub = await HubServer.StartAsync();
        var subject = TestListings.Company(41);
        var checks = new List<CheckSubjectResponse>();
        for (var i = 0; i < 3; i++)
        {
            checks.Add(await hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
            {
                Subject = i == 1 ? subject : TestListings.Company(i),
                Matter = "approval.notification-commitment",
                Purpose = $"CASE-{i}",
                RequestId = $"call-{i}",
            }));
        }

        var all = await CxAsync(hub, null, "--method", "CheckSubject", "--json");
        Assert.Equal(checks.Select(c => c.CheckId), all.Select(l => Property(l, "check_id")));
        Assert.Equal(["CASE-0", "CASE-1", "CASE-2"], all.Select(l => Property(l, "purpose")));
        Assert.Equal(checks[1].CheckId, Property(Assert.Single(await CxAsync(hub, null, "--check-id", checks[1].CheckId, "--json")), "check_id"));
        Assert.Equal(checks[2].CheckId, Property(Assert.Single(await CxAsync(hub, null, "--request-id", "call-2", "--json")), "check_id"));
        var asked = Assert.Single(await CxAsync(hub, $"uscc:{subject.Number}\n", "--subject-file", "-", "--method", "CheckSubject"));
        Assert.StartsWith($"{checks[1].CheckId}\t", asked, StringComparison.Ordinal);
        Assert.DoesNotContain(subject.Number, asked, StringComparison.Ordinal);
        Assert.Empty(await CxAsync(hub, null, "--until", "2020-01-01T00:00:00Z"));
        Assert.Contains(
            await CxAsync(hub, null), l => l.Contains("auditor\tAccessLogService/ReadAccessLog", StringComparison.Ordinal));
    }

    private static string Property(string line, string name)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty(name).GetString()!;
    }

    private static async Task<string[]> CxAsync(HubServer hub, string? input, params string[] arguments)
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        var program = Repository.PathOf($"src/CreditExchange.Cli/bin/{configuration}/net10.0/cx.dll");
        var (code, text) = await ChildProcess.RunAsync(
            ".", HubVariables.Of(hub), input, ["dotnet", program, "access-log", .. arguments]);
        Assert.True(code == 0, text);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
