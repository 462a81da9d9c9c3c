using System.Diagnostics;
using Confluent.Kafka;
using CreditExchange.TestKit;

namespace CreditExchange.Streaming.Tests;

/// <summary>A mock cluster with the default audience's two topics, and how they are read.</summary>
internal sealed class StreamTopics(int partitions = 4) : IDisposable
{
    public const string Events = TestKafka.Events;
    public const string State = TestKafka.State;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly StreamHistory history = new(Events, partitions);
    private IConsumer<string, byte[]>? consumer;

    public TestKafka Kafka { get; } = TestKafka.WithTopics(partitions);

    public int Partitions => partitions;

    /// <summary>The hub's setting.</summary>
    public string Setting => $"Kafka:BootstrapServers={Kafka.BootstrapServers}";

    /// <summary>Waits until a position stands in the events' topic and a checkpoint after it, and judges the whole topic, which is read on from where it was.</summary>
    public async Task<StreamHistory> ReachAsync(long position)
    {
        await Task.Run(() => ReadOn(position));
        Assert.Equal("", history.Fault);
        Assert.Equal(position, history.CountThrough(position));
        return history;
    }

    private void ReadOn(long position)
    {
        consumer ??= TopicRecords.Open(Kafka.BootstrapServers, Events, Partitions);
        var begun = Stopwatch.GetTimestamp();
        while (history.Fault.Length == 0 && history.Through < position)
        {
            if (consumer.Consume(TimeSpan.FromSeconds(1)) is { } record)
            {
                history.Take(record);
            }

            if (Stopwatch.GetElapsedTime(begun) > Patience)
            {
                throw new TimeoutException($"Did not come: position {position} and a checkpoint through it; {history.Through} did.");
            }
        }
    }

    public void Dispose()
    {
        consumer?.Dispose();
        Kafka.Dispose();
    }
}
