using System.Text.RegularExpressions;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Interop.Tests;

/// <summary>Foreign consumers of the Kafka stream, and the line of docs/streaming.md for kcat.</summary>
public sealed partial class StreamSampleTests
{
    private const string Node = "interop-samples/partner-node";
    private const string Python = "interop-samples/platform-python";
    private const int Partitions = 4;

    [Fact]
    public async Task The_partner_in_Node_prints_each_position_once_and_goes_on_where_it_was()
    {
        using var kafka = TestKafka.WithTopics(Partitions);
        await using var hub = await HubServer.StartAsync(null, null, $"Kafka:BootstrapServers={kafka.BootstrapServers}");
        var head = await FillAsync(hub, "first");
        Assert.True(Directory.Exists(Repository.PathOf($"{Node}/node_modules/kafkajs")), $"Run: tests/run.sh, or npm ci --prefix {Node}");
        var variables = new Dictionary<string, string?> { ["KAFKA_BOOTSTRAP"] = kafka.BootstrapServers };
        var (code, text) = await ChildProcess.RunAsync(Node, variables, null, Repository.Node, "follow.js", $"{head}");
        Assert.True(code == 0, text);
        Assert.Equal(Enumerable.Range(1, (int)head).Select(i => (long)i), Positions(text).Order());
        Assert.Matches($"(?m)^{head} ENDED [0-9a-f]{{32}} lag [0-9]+$", text);

        var next = await FillAsync(hub, "second");
        (code, text) = await ChildProcess.RunAsync(Node, variables, null, Repository.Node, "follow.js", $"{next}");
        Assert.True(code == 0, text);
        Assert.Equal(Enumerable.Range((int)head + 1, (int)(next - head)).Select(i => (long)i), Positions(text).Order());
    }

    [Fact]
    public async Task The_platform_in_Python_proves_every_partition_and_sees_a_missing_record()
    {
        using var kafka = TestKafka.WithTopics(Partitions);
        await using var hub = await HubServer.StartAsync(null, null, $"Kafka:BootstrapServers={kafka.BootstrapServers}");
        var head = await FillAsync(hub, "first");
        _ = (Repository.Python, Repository.Protoc);
        var (made, complaint) = await ChildProcess.RunAsync(Python, HubVariables.None, null, "/bin/sh", "generate.sh");
        Assert.True(made == 0, complaint);
        var variables = HubVariables.Of(hub);
        variables["KAFKA_BOOTSTRAP"] = kafka.BootstrapServers;
        var (code, text) = await ChildProcess.RunAsync(Python, variables, null, Repository.Python, "verify.py", $"{head}");
        Assert.True(code == 0, text);
        Assert.EndsWith($"all {Partitions} partitions proved through {head}\n", text, StringComparison.Ordinal);
        Assert.True(Regex.Count(text, "^OK partition [0-3] through [0-9]+: [0-9]+ positions, digest [0-9a-f]{16}$", RegexOptions.Multiline) >= Partitions, text);

        var ledgerId = (await hub.Updates("operator").DescribeStreamAsync(new DescribeStreamRequest { Audience = "platform" })).LedgerId;
        // Somebody else writes into the topic.
        using (var intruder = new Confluent.Kafka.ProducerBuilder<string, byte[]>(
            new Confluent.Kafka.ProducerConfig { BootstrapServers = kafka.BootstrapServers }).SetLogHandler((_, _) => { }).Build())
        {
            for (var partition = 0; partition < Partitions; partition++)
            {
                var headers = new Confluent.Kafka.Headers();
                foreach (var (name, value) in new[]
                {
                    ("position", "1000"), ("kind", "PUBLISHED"), ("ledger_id", ledgerId), ("schema", "creditexchange.v1.LedgerEvent"),
                    ("content_type", "application/x-protobuf"), ("commitment", new string('0', 64)), ("previous_in_partition", "999"),
                })
                {
                    headers.Add(name, System.Text.Encoding.ASCII.GetBytes(value));
                }

                await intruder.ProduceAsync(
                    new Confluent.Kafka.TopicPartition(TestKafka.Events, partition), new Confluent.Kafka.Message<string, byte[]> { Key = KeyIn(partition), Value = [], Headers = headers });
            }
        }

        (code, text) = await ChildProcess.RunAsync(Python, variables, null, Repository.Python, "verify.py", "1000");
        Assert.Equal(1, code);
        Assert.Contains("FAULT: position 1000: 999 stands before it, and read was ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_line_for_kcat_lists_positions_kinds_and_keys()
    {
        using var kafka = TestKafka.WithTopics(Partitions);
        await using var hub = await HubServer.StartAsync(null, null, $"Kafka:BootstrapServers={kafka.BootstrapServers}");
        var head = await FillAsync(hub, "first");
        _ = Repository.Kcat;
        var line = Repository.Read("docs/streaming.md").Split('\n').Single(l => l.StartsWith("kcat -C", StringComparison.Ordinal));
        var variables = new Dictionary<string, string?> { ["KAFKA_BOOTSTRAP"] = kafka.BootstrapServers };
        var text = "";
        await Eventually.HoldsAsync($"a line for position {head}", async () =>
        {
            (var code, text) = await ChildProcess.RunAsync(".", variables, null, "/bin/sh", "-c", line);
            Assert.True(code == 0, text);
            return Positions(text).Count() == head;
        });
        Assert.Equal(Enumerable.Range(1, (int)head).Select(i => (long)i), Positions(text).Order());
        Assert.Matches($"(?m)^{head} ENDED [0-9a-f]{{32}}$", text);
        Assert.Matches("(?m)^[0-9]+ CHECKPOINT checkpoint-0$", text);
    }

    // The position of an ending.
    private static async Task<long> FillAsync(HubServer hub, string key)
    {
        var court = hub.Registry("hainan-high-court");
        var listing = (await court.PublishListingAsync(new PublishListingRequest
        {
            RequestId = key,
            Listing = TestListings.Create("court.dishonest-judgment-debtor", TestListings.Company(key.Length), key),
        })).Listing;
        return (await court.EndListingAsync(new EndListingRequest
        {
            RequestId = $"end-{key}",
            ListingId = listing.ListingId,
            ExpectedRevision = 1,
            Reason = "履行完毕",
            Ground = EndGround.DutyDone,
        })).Listing.Position;
    }

    private static IEnumerable<long> Positions(string text) =>
        text.Split('\n').Where(l => EventLine().IsMatch(l) && !l.Contains("CHECKPOINT", StringComparison.Ordinal)).Select(l => long.Parse(l.Split(' ')[0], null));

    private static string KeyIn(int partition)
    {
        for (var i = 0; ; i++)
        {
            if (CreditExchange.Client.Streams.StreamPartition.Of($"event-{i}", Partitions) == partition)
            {
                return $"event-{i}";
            }
        }
    }

    [GeneratedRegex("^[0-9]+ [A-Z_]+ ")]
    private static partial Regex EventLine();
}
