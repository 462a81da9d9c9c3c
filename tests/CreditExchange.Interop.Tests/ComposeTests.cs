using System.Text.Json;
using System.Text.RegularExpressions;
using CreditExchange.Hub.Hosting;
using CreditExchange.Streaming.Audiences;
using Microsoft.Extensions.Configuration;

namespace CreditExchange.Interop.Tests;

/// <summary>deploy/docker-compose.yml, as a parser reads it. No container runs here.</summary>
public sealed partial class ComposeTests
{
    private static readonly string[] Brokers = ["kafka-1", "kafka-2", "kafka-3"];

    [Fact]
    public async Task Images_are_named_with_their_version_and_ports_are_open_to_this_machine_alone()
    {
        var services = await ServicesAsync();
        foreach (var service in services.EnumerateObject())
        {
            Assert.Matches(@"^[a-z/-]+:\d+\.\d+\.\d+$", Text(service.Value, "image"));
            foreach (var port in service.Value.TryGetProperty("ports", out var ports) ? ports.EnumerateArray().ToArray() : [])
            {
                Assert.StartsWith("127.0.0.1:", port.GetString(), StringComparison.Ordinal);
            }
        }

        // Who builds the hub's image names the one below it, with its version.
        Assert.StartsWith("${RUNTIME:?", Text(services.GetProperty("hub").GetProperty("build").GetProperty("args"), "RUNTIME"), StringComparison.Ordinal);
        Assert.Matches("(?m)^ARG RUNTIME$", Repository.Read("deploy/Dockerfile"));
    }

    [Fact]
    public async Task No_secret_stands_in_it()
    {
        Assert.DoesNotMatch("(?i)password|passwd|secret|token|sasl|private|credential=", Repository.Read("deploy/docker-compose.yml"));
        foreach (var service in (await ServicesAsync()).EnumerateObject().Where(s => s.Value.TryGetProperty("environment", out _)))
        {
            Assert.DoesNotContain(
                service.Value.GetProperty("environment").EnumerateObject(), v => v.Name.Contains("Key", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Three_brokers_make_no_topic_by_themselves_and_know_each_other()
    {
        var services = await ServicesAsync();
        foreach (var (broker, number) in Brokers.Select((b, i) => (b, i + 1)))
        {
            var settings = services.GetProperty(broker).GetProperty("environment");
            Assert.Equal(
                ("false", "3", "2", $"{number}"),
                (Text(settings, "KAFKA_AUTO_CREATE_TOPICS_ENABLE"), Text(settings, "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR"),
                    Text(settings, "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR"), Text(settings, "KAFKA_NODE_ID")));
            Assert.Contains($"{number}@{broker}:9093", Text(settings, "KAFKA_CONTROLLER_QUORUM_VOTERS").Split(','));
            Assert.Contains($"INSIDE://{broker}:9092", Text(settings, "KAFKA_ADVERTISED_LISTENERS").Split(','));
            // What it advertises to this machine is what is published.
            var machine = Text(settings, "KAFKA_ADVERTISED_LISTENERS").Split(',')[1].Split("://")[1];
            Assert.Equal(machine + ":9094", services.GetProperty(broker).GetProperty("ports")[0].GetString());
        }
    }

    [Fact]
    public async Task Topics_have_the_settings_that_the_page_of_streams_tells()
    {
        var script = (await ServicesAsync()).GetProperty("topics").GetProperty("command")[0].GetString()!.Replace("\\\n", " ", StringComparison.Ordinal);
        var created = script.Split('\n').Where(l => l.StartsWith("create --topic", StringComparison.Ordinal)).Select(Settings).ToList();
        var told = Told(Repository.Read("docs/streaming.md"));
        var audience = new KafkaOptions { BootstrapServers = "x:1" }.Filled()[0];
        Assert.Equal([audience.EventsTopic, audience.StateTopic], created.Select(c => c["topic"]));
        for (var i = 0; i < 2; i++)
        {
            created[i].Remove("topic");
            Assert.Equal(Lines(told[i]), Lines(created[i]));
        }

        // A week and not longer; what is gone from the state is gone from its log within a day.
        Assert.Equal(TimeSpan.FromDays(7), Milliseconds(created[0]["retention.ms"]));
        Assert.True(Milliseconds(created[1]["max.compaction.lag.ms"]) <= TimeSpan.FromHours(24));
    }

    [Fact]
    public async Task The_hubs_variables_are_settings_that_it_has()
    {
        var services = await ServicesAsync();
        var variables = services.GetProperty("hub").GetProperty("environment").EnumerateObject().ToDictionary(
            v => v.Name.Replace("__", ":", StringComparison.Ordinal), v => v.Value.GetString());
        var options = new HubOptions();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(variables).Build();
        variables.Remove("DOTNET_ENVIRONMENT");
        configuration.Bind(options, o => o.ErrorOnUnknownConfiguration = false);
        Assert.Equal(("0.0.0.0", "/data", "redis:6379"), (options.Address, options.Data, options.Redis.Configuration));
        Assert.Equal(Brokers.Select(b => $"{b}:9092"), options.Kafka.BootstrapServers.Split(','));
        Assert.Equal(5 - 1, variables.Count);
        Assert.Equal(
            ["127.0.0.1:7080:7080", "127.0.0.1:7081:7081"], services.GetProperty("hub").GetProperty("ports").EnumerateArray().Select(p => p.GetString()));
        Assert.Equal("service_completed_successfully", Text(services.GetProperty("hub").GetProperty("depends_on").GetProperty("topics"), "condition"));
    }

    private static IEnumerable<string> Lines(Dictionary<string, string> settings) =>
        settings.Select(s => $"{s.Key}={s.Value}").Order(StringComparer.Ordinal);

    private static Dictionary<string, string> Settings(string line)
    {
        var settings = Flag().Matches(line).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value, StringComparer.Ordinal);
        foreach (Match match in Config().Matches(line))
        {
            settings.Add(match.Groups[1].Value, match.Groups[2].Value);
        }

        return settings;
    }

    // The rows of the page: setting, events topic, state topic; a dash where one has none.
    private static Dictionary<string, string>[] Told(string page)
    {
        var from = page.IndexOf("\n## Topics and their settings\n", StringComparison.Ordinal);
        Assert.True(from >= 0);
        var to = page.IndexOf("\n## ", from + 1, StringComparison.Ordinal);
        var rows = page[from..(to < 0 ? page.Length : to)].Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .Select(l => l.Trim('|', ' ').Split(" | ").Select(c => c.Trim(' ', '`')).ToArray()).ToList();
        return
        [
            .. new[] { 1, 2 }.Select(column => rows.Where(r => r[column] != "-")
                .ToDictionary(r => r[0].Replace("replication factor", "replication-factor", StringComparison.Ordinal), r => r[column], StringComparer.Ordinal)),
        ];
    }

    private static TimeSpan Milliseconds(string text) => TimeSpan.FromMilliseconds(long.Parse(text, System.Globalization.CultureInfo.InvariantCulture));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static async Task<JsonElement> ServicesAsync()
    {
        var (code, json) = await ChildProcess.RunAsync(
            "deploy", new Dictionary<string, string?>(), null, Repository.Python, "-c",
            "import json, sys, yaml; json.dump(yaml.safe_load(open('docker-compose.yml', encoding='utf-8')), sys.stdout)");
        Assert.True(code == 0, json);
        return JsonDocument.Parse(json).RootElement.GetProperty("services");
    }

    [GeneratedRegex(@"--(topic|partitions|replication-factor) (\S+)")]
    private static partial Regex Flag();

    [GeneratedRegex(@"--config ([a-z.]+)=(\S+)")]
    private static partial Regex Config();
}
