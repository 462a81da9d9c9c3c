using Confluent.Kafka;
using CreditExchange.Client.Streams;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Streaming.Tests;

/// <summary>Whatever becomes of the brokers, publishing goes on and the topics get everything once.</summary>
public sealed class RelayFaultTests
{
    [InjectedFaultsTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Brokers_that_fail_move_and_go_away_cost_nothing_but_time(bool transactions)
    {
        using var topics = new StreamTopics();
        await using var hub = await HubServer.StartAsync(null, null, topics.Setting, $"Kafka:Transactions={transactions}");
        var random = new Random(5);
        Listing last = new();
        for (var round = 0; round < 20; round++)
        {
            var broker = 1 + random.Next(3);
            switch (random.Next(4))
            {
                case 0:
                    topics.Kafka.FailNext(TestKafka.Request.Produce, ErrorCode.NotLeaderForPartition, ErrorCode.RequestTimedOut, ErrorCode.NotEnoughReplicas);
                    break;
                case 1:
                    topics.Kafka.SetLeader(StreamTopics.Events, random.Next(topics.Partitions), broker);
                    break;
                case 2:
                    topics.Kafka.SetDown(broker);
                    break;
                default:
                    topics.Kafka.SetRoundTrip(broker, TimeSpan.FromMilliseconds(random.Next(30)));
                    break;
            }

            for (var i = 0; i < 10; i++)
            {
                last = await RelayTests.PublishAsync(hub, $"{round}-{i}", TestListings.Company((round * 10) + i));
            }

            topics.Kafka.SetAll(up: true);
        }

        for (var broker = 1; broker <= 3; broker++)
        {
            topics.Kafka.SetRoundTrip(broker, TimeSpan.Zero);
        }

        await topics.ReachAsync(last.Position);
    }

    [InjectedFaultsFact]
    public async Task While_Kafka_is_away_everything_else_goes_on_and_afterwards_the_relay_catches_up()
    {
        using var topics = new StreamTopics();
        topics.Kafka.SetAll(up: false);
        await using var hub = await HubServer.StartAsync(null, null, topics.Setting);
        var listing = await RelayTests.PublishAsync(hub, "one", TestListings.Company(1));
        var answer = await hub.Lookup("hainan-approval").CheckSubjectAsync(new CheckSubjectRequest
        {
            Subject = listing.Subject,
            Matter = "approval.notification-commitment",
            Purpose = "p",
            MinPosition = listing.Position,
        });
        Assert.Equal(Verdict.Restricted, answer.Verdict);
        await Eventually.HoldsAsync("a word in the log", () => hub.Warnings.Any(w => w.Contains("RelayInterrupted", StringComparison.Ordinal)));
        topics.Kafka.SetAll(up: true);
        await topics.ReachAsync(listing.Position);
    }

    [Fact]
    public async Task Topics_of_another_ledger_or_another_token_key_are_refused_and_the_next_generation_is_written_from_the_start()
    {
        using var topics = new StreamTopics();
        var key = Path.GetTempFileName();
        await File.WriteAllTextAsync(key, Convert.ToBase64String(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        var first = await HubServer.StartAsync(null, null, topics.Setting);
        var listing = await RelayTests.PublishAsync(first, "one", TestListings.Company(1));
        await topics.ReachAsync(listing.Position);
        await first.StopAsync();

        string[] named = [topics.Setting, "Kafka:Audiences:0:Name=platform", $"Kafka:Audiences:0:TokenKeyFile={key}"];
        var otherKey = await HubServer.StartAsync(first.Data, null, named);
        await RefusedAsync(otherKey, "token key");
        await otherKey.StopAsync();

        const string Next = StreamTopics.Events + "-g2";
        topics.Kafka.CreateTopic(Next, 6);
        topics.Kafka.CreateTopic(StreamTopics.State + "-g2", 6);
        await using (await HubServer.StartAsync(first.Data, null, [.. named, "Kafka:Audiences:0:Generation=2"]))
        {
            await Eventually.HoldsAsync("the next generation", () =>
                StreamHistory.Of(TopicRecords.Read(topics.Kafka.BootstrapServers, Next, 6), Next, 6) is { Fault: "" } history && history.Records.ContainsKey(listing.Position));
        }

        // Another ledger finds the first one's records.
        await using var other = await HubServer.StartAsync(null, null, topics.Setting);
        await RefusedAsync(other, "belongs to ledger");
        File.Delete(key);
    }

    [Fact]
    public async Task Topics_with_different_counts_of_partitions_are_refused()
    {
        using var kafka = new TestKafka();
        kafka.CreateTopic(StreamTopics.Events, 4);
        kafka.CreateTopic(StreamTopics.State, 3);
        await using var hub = await HubServer.StartAsync(null, null, $"Kafka:BootstrapServers={kafka.BootstrapServers}");
        await RefusedAsync(hub, "different counts of partitions");
    }

    [Fact]
    public async Task Topics_that_lost_their_records_are_refused()
    {
        string data;
        using (var topics = new StreamTopics())
        {
            var first = await HubServer.StartAsync(null, null, topics.Setting);
            data = first.Data;
            var listing = await RelayTests.PublishAsync(first, "one", TestListings.Company(1));
            await topics.ReachAsync(listing.Position);
            // What the relay keeps it keeps every second, with the checkpoints.
            await Eventually.HoldsAsync("what the relay keeps", () => RelayKept.Through(first) >= listing.Position);
            await first.StopAsync();
        }

        using var empty = new StreamTopics();
        await using var second = await HubServer.StartAsync(data, null, empty.Setting);
        await RefusedAsync(second, "has lost records");
    }

    [Fact]
    public async Task A_record_of_somebody_else_in_the_topic_is_refused_by_its_place()
    {
        using var topics = new StreamTopics();
        KafkaLibrary.Load();
        using (var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = topics.Kafka.BootstrapServers }).Build())
        {
            await producer.ProduceAsync(new TopicPartition(StreamTopics.Events, 2), new() { Key = "x", Value = [1, 2, 3] });
        }

        await using var hub = await HubServer.StartAsync(null, null, topics.Setting);
        await RefusedAsync(hub, "no relay has written");
    }

    private static Task RefusedAsync(HubServer hub, string why) => Eventually.HoldsAsync(
        $"a refusal because of '{why}'",
        () => hub.Warnings.Any(w => w.Contains("RelayRefused", StringComparison.Ordinal) && w.Contains(why, StringComparison.Ordinal)));
}
