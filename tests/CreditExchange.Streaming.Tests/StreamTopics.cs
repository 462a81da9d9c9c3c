using CreditExchange.TestKit;

namespace CreditExchange.Streaming.Tests;

/// <summary>A mock cluster with the default audience's two topics, and how they are read.</summary>
internal sealed class StreamTopics(int partitions = 4) : IDisposable
{
    public const string Events = TestKafka.Events;
    public const string State = TestKafka.State;

    public TestKafka Kafka { get; } = TestKafka.WithTopics(partitions);

    public int Partitions => partitions;

    /// <summary>The hub's setting.</summary>
    public string Setting => $"Kafka:BootstrapServers={Kafka.BootstrapServers}";

    /// <summary>Waits until a position stands in the events' topic and a checkpoint after it, and judges the whole topic.</summary>
    public async Task<StreamHistory> ReachAsync(long position)
    {
        StreamHistory? history = null;
        await Eventually.HoldsAsync($"position {position} and a checkpoint through it", () =>
        {
            var records = TopicRecords.Read(Kafka.BootstrapServers, Events, Partitions);
            history = StreamHistory.Of(records, Events, Partitions);
            return history.Fault.Length > 0 || records.Where(r => r.IsCheckpoint() && r.Position() >= position).DistinctBy(r => r.Partition.Value).Count() == Partitions;
        });
        Assert.Equal("", history!.Fault);
        Assert.Equal(position, history.CountThrough(position));
        return history;
    }

    public void Dispose() => Kafka.Dispose();
}
