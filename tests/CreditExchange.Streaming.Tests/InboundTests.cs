using Confluent.Kafka;
using CreditExchange.Client.Streams;
using CreditExchange.Hub.Streams.Inbound;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Streaming.Tests;

/// <summary>A partner's hub writes a stream for this one, which reads it.</summary>
public sealed class InboundTests
{
    private const string Letters = "creditexchange.dead-letters.guangdong-hub";

    [Fact]
    public async Task A_partner_s_stream_is_read_whole_and_goes_on_after_a_restart_and_poison_goes_to_the_dead_letters()
    {
        using var topics = new StreamTopics();
        topics.Kafka.CreateTopic(Letters, 1);
        await using var partner = await HubServer.StartAsync(null, null, topics.Setting);
        var stream = await new ListUpdateService.ListUpdateServiceClient(partner.As("operator")).DescribeStreamAsync(new DescribeStreamRequest { Audience = "platform" });
        var keys = Path.Combine(partner.Data, "checkpoint-keys");
        await File.WriteAllTextAsync(keys, Convert.ToBase64String(stream.Keys[0].PublicKey.Span) + "\n");
        var first = await RelayTests.PublishAsync(partner, "one", TestListings.Company(1));
        await topics.ReachAsync(first.Position);

        string[] settings = ["Kafka:Inbound:0:Partner=guangdong-hub", $"Kafka:Inbound:0:BootstrapServers={topics.Kafka.BootstrapServers}", $"Kafka:Inbound:0:EventsTopic={StreamTopics.Events}", $"Kafka:Inbound:0:KeysFile={keys}"];
        var hub = await HubServer.StartAsync(null, null, settings);
        await Eventually.HoldsAsync("the partner's events", () => StatusOf(hub) is { } s && s.TakenCount >= first.Position && s.Place.VerifiedThrough >= first.Position);

        // Somebody else writes into the partner's topic: told with its reason, and nothing stops.
        using (var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = topics.Kafka.BootstrapServers }).Build())
        {
            await producer.ProduceAsync(new TopicPartition(StreamTopics.Events, 1), new() { Key = "poison", Value = [1, 2, 3] });
        }

        await Eventually.HoldsAsync("the dead letter", () => StatusOf(hub).RefusedCount == 1);
        var letter = Assert.Single(TopicRecords.Read(topics.Kafka.BootstrapServers, Letters, 1));
        Assert.Equal("POISON_HEADERS", letter.Header("reason"));
        Assert.StartsWith($"{StreamTopics.Events}/1/", letter.Header("from"), StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], letter.Message.Value);
        await hub.StopAsync();

        var second = await RelayTests.PublishAsync(partner, "two", TestListings.Company(2));
        await using var again = await HubServer.StartAsync(hub.Data, null, settings);
        await Eventually.HoldsAsync("what came meanwhile", () => StatusOf(again).Place.VerifiedThrough >= second.Position);
        Assert.Equal(0, StatusOf(again).RefusedCount);
        Assert.True(StatusOf(again).TakenCount < second.Position, "it began anew");
    }

    [Fact]
    public async Task A_stream_that_is_signed_by_a_foreign_key_is_not_believed_and_stands_still()
    {
        using var topics = new StreamTopics();
        await using var partner = await HubServer.StartAsync(null, null, topics.Setting);
        var first = await RelayTests.PublishAsync(partner, "one", TestListings.Company(1));
        await topics.ReachAsync(first.Position);
        var keys = Path.Combine(partner.Data, "checkpoint-keys");
        using var foreign = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(keys, Convert.ToBase64String(foreign.ExportSubjectPublicKeyInfo()));
        await using var hub = await HubServer.StartAsync(
            null, null, "Kafka:Inbound:0:Partner=guangdong-hub", $"Kafka:Inbound:0:BootstrapServers={topics.Kafka.BootstrapServers}", $"Kafka:Inbound:0:EventsTopic={StreamTopics.Events}",
            $"Kafka:Inbound:0:KeysFile={keys}");
        await Eventually.HoldsAsync("a refusal", () => StatusOf(hub).Fault == "UnknownCheckpointKey");
        Assert.Contains(hub.Warnings, w => w.Contains("InboundFaulted", StringComparison.Ordinal));
    }

    private static Inbound.InboundStatus StatusOf(HubServer hub) => hub.Services.GetRequiredService<InboundStreams>().All[0].Status;
}
