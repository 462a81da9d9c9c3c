using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using CreditExchange.Hub.Hosting;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Interop.Tests;

/// <summary>Tables of the documents that repeat what the programs know.</summary>
public sealed partial class TableTests
{
    [Fact]
    public void The_README_tells_every_setting_with_its_default()
    {
        var told = Rows(Repository.Read("README.md"), "## Configuration").ToDictionary(r => r[0], r => r[2], StringComparer.Ordinal);
        var known = SettingsOf(new HubOptions(), "").ToDictionary(s => s.Key, s => s.Default, StringComparer.Ordinal);
        Assert.Equal(Lines(known), Lines(told));
    }

    [Fact]
    public async Task The_page_of_operations_tells_every_metric()
    {
        // Streams and consumers are told of where there are any.
        using var kafka = new TestKafka(1);
        await using var hub = await HubServer.StartAsync(null, null, $"Kafka:BootstrapServers={kafka.BootstrapServers}");
        var answer = await hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = TestListings.Company(1),
            Matter = "approval.notification-commitment",
            Purpose = "CASE-1",
        });
        await hub.Updates("operator").AcknowledgeUpdatesAsync(
            new AcknowledgeUpdatesRequest { Consumer = "node-1", LedgerId = answer.LedgerId, Position = 1 });
        // So are partners.
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var recognition = new RecognitionService.RecognitionServiceClient(hub.As("operator"));
        await recognition.ProposeAgreementAsync(new ProposeAgreementRequest
        {
            RequestId = "tables",
            Terms = Domain.Recognition.DemonstrationAgreements.Terms(
                "GD-HI-2026-01",
                (await recognition.DescribePartyAsync(new DescribePartyRequest())).Party,
                new AgreementParty
                {
                    Region = "440000",
                    Name = new LocalizedText { Zh = "广东省", En = "Guangdong" },
                    HubId = "guangdong-hub",
                    LedgerId = "abcdef",
                    Keys = { Domain.Recognition.AgreementSignatures.PublicKey(key) },
                }),
        });
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri($"{hub.HttpAddress}/metrics"));
        var served = TypeLine().Matches(metrics).Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value}");
        var told = Rows(Repository.Read("docs/operations.md"), "## Metrics").Select(r => $"{r[0]} {r[1]}");
        Assert.Equal(served.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_page_of_access_tells_every_method_with_its_scope_and_every_demonstration_agency()
    {
        await using var hub = await HubServer.StartAsync();
        var page = Repository.Read("docs/access.md");
        var told = Rows(page, "## Scopes").Select(r => (Method: r[0], Scope: r[1])).ToDictionary(r => r.Method, r => r.Scope, StringComparer.Ordinal);
        var known = Hub.Access.MethodScopes.Methods.Where(m => m.StartsWith("/creditexchange.", StringComparison.Ordinal)).ToDictionary(
            m => m.Replace("/creditexchange.v1.", "", StringComparison.Ordinal).Replace('/', '.'),
            m => Hub.Access.MethodScopes.Of(m) is { Length: > 0 } scope ? scope : "any token",
            StringComparer.Ordinal);
        Assert.Equal(Lines(known), Lines(told));

        var agencies = Rows(page, "## Demonstration agencies").Select(r => r[0]).Order(StringComparer.Ordinal);
        var tokens = Directory.GetFiles(Path.Combine(hub.Data, "tokens"), "*.jwt").Select(f => Path.GetFileNameWithoutExtension(f)!);
        Assert.Equal(tokens.Order(StringComparer.Ordinal), agencies);
    }

    private static IEnumerable<string> Lines(Dictionary<string, string> table) =>
        table.Select(row => $"{row.Key} = {row.Value}").Order(StringComparer.Ordinal);

    // Cells of a section's first table, without the code marks.
    private static List<string[]> Rows(string page, string heading)
    {
        var start = page.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"There is no section '{heading}'.");
        var end = page.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return [.. page[start..(end < 0 ? page.Length : end)].Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2)
            .Select(line => line.Trim('|', ' ').Split(" | ").Select(cell => cell.Trim(' ', '`')).ToArray())];
    }

    private static IEnumerable<(string Key, string Default)> SettingsOf(object options, string prefix)
    {
        foreach (var property in options.GetType().GetProperties().Where(p => p.CanWrite))
        {
            var value = property.GetValue(options);
            if (value is ICollection)
            {
                yield return ($"{prefix}{property.Name}", "(none)");
                continue;
            }

            if (value is not null and not string and not Enum && property.PropertyType.Namespace!.StartsWith("CreditExchange", StringComparison.Ordinal))
            {
                foreach (var inner in SettingsOf(value, $"{prefix}{property.Name}:"))
                {
                    yield return inner;
                }

                continue;
            }

            var text = value is null ? "(unset)" : string.Format(CultureInfo.InvariantCulture, "{0}", value);
            yield return ($"{prefix}{property.Name}", text.Length == 0 ? "(empty)" : text);
        }
    }

    [GeneratedRegex(@"^# TYPE (\S+) (\S+)$", RegexOptions.Multiline)]
    private static partial Regex TypeLine();
}
