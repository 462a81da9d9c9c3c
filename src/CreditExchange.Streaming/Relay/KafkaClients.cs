using Confluent.Kafka;
using CreditExchange.Client.Streams;
using CreditExchange.Streaming.Audiences;
using Microsoft.Extensions.Logging;

namespace CreditExchange.Streaming.Relay;

/// <summary>Makes the clients of librdkafka that a stream needs.</summary>
internal sealed class KafkaClients(KafkaOptions options, ILogger logger)
{
    /// <summary>A producer that keeps order and writes nothing twice; with transactions, fenced by its id.</summary>
    public IProducer<string, byte[]> Producer(string transactionalId, Action<Error> onFatal)
    {
        KafkaLibrary.Load();
        var config = new ProducerConfig(With(options.Settings))
        {
            BootstrapServers = options.BootstrapServers,
            ClientId = "creditexchange-relay",
            EnableIdempotence = true,
            Acks = Acks.All,
            TransactionalId = options.Transactions ? transactionalId : null,
            TransactionTimeoutMs = options.Transactions ? 30_000 : null,
            LingerMs = 2,
            // As large as a message that the hub takes may be; the topics must take it too (max.message.bytes).
            MessageMaxBytes = 4_194_304,
            MessageTimeoutMs = 25_000,
            QueueBufferingMaxMessages = 200_000,
            QueueBufferingMaxKbytes = 262_144,
            RetryBackoffMs = 50,
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 1_000,
        };
        return new ProducerBuilder<string, byte[]>(config)
            .SetLogHandler(Log)
            .SetErrorHandler((_, error) =>
            {
                if (error.IsFatal)
                {
                    onFatal(error);
                }
            })
            .Build();
    }

    /// <summary>A consumer that reads what is committed, from where it is told to.</summary>
    public IConsumer<string, byte[]> Reader()
    {
        KafkaLibrary.Load();
        var config = new ConsumerConfig(With(options.Settings))
        {
            BootstrapServers = options.BootstrapServers,
            ClientId = "creditexchange-relay-scan",
            // Never joined or committed: partitions are assigned by hand.
            GroupId = "creditexchange-relay-scan",
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            EnablePartitionEof = true,
            IsolationLevel = IsolationLevel.ReadCommitted,
            AutoOffsetReset = AutoOffsetReset.Error,
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 1_000,
        };
        return new ConsumerBuilder<string, byte[]>(config).SetLogHandler(Log).SetErrorHandler((_, _) => { }).Build();
    }

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> settings) => new(settings, StringComparer.Ordinal);

    // What librdkafka says names brokers and topics, never content.
    private void Log<T>(T client, LogMessage message) => RelayLog.Library(logger, message.Facility, message.Message);
}
