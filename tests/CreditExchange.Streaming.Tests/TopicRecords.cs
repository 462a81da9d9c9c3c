using System.Globalization;
using System.Text;
using Confluent.Kafka;
using CreditExchange.Client.Streams;

namespace CreditExchange.Streaming.Tests;

/// <summary>All that stands in a topic, as any consumer reads it.</summary>
internal static class TopicRecords
{
    /// <summary>Reads each partition to its end.</summary>
    public static List<ConsumeResult<string, byte[]>> Read(string bootstrap, string topic, int partitions)
    {
        using var consumer = Open(bootstrap, topic, partitions, tellsEnds: true);
        var records = new List<ConsumeResult<string, byte[]>>();
        for (var ended = new HashSet<int>(); ended.Count < partitions;)
        {
            var result = consumer.Consume(TimeSpan.FromSeconds(20)) ?? throw new TimeoutException($"'{topic}' can't be read to its end");
            if (result.IsPartitionEOF)
            {
                ended.Add(result.Partition.Value);
            }
            else
            {
                records.Add(result);
            }
        }

        return records;
    }

    /// <summary>A consumer at a topic's beginning.</summary>
    public static IConsumer<string, byte[]> Open(string bootstrap, string topic, int partitions, bool tellsEnds = false)
    {
        KafkaLibrary.Load();
        var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = "test",
            EnableAutoCommit = false,
            EnablePartitionEof = tellsEnds,
            FetchWaitMaxMs = 20,
            ReconnectBackoffMaxMs = 1_000,
            IsolationLevel = IsolationLevel.ReadCommitted,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(i => new TopicPartitionOffset(topic, i, Offset.Beginning)));
        return consumer;
    }

    public static string Header(this ConsumeResult<string, byte[]> record, string name) =>
        Encoding.ASCII.GetString(record.Message.Headers.GetLastBytes(name));

    public static long Position(this ConsumeResult<string, byte[]> record) =>
        long.Parse(record.Header(StreamHeaders.Position), CultureInfo.InvariantCulture);

    public static bool IsCheckpoint(this ConsumeResult<string, byte[]> record) => record.Header(StreamHeaders.Kind) == StreamHeaders.Checkpoint;
}
