using Confluent.Kafka;
using CreditExchange.Client.Streams;
using CreditExchange.Streaming.Audiences;
using CreditExchange.Streaming.Producing;
using Microsoft.Extensions.Logging;

namespace CreditExchange.Streaming.Relay;

/// <summary>Makes the clients of librdkafka that a stream needs.</summary>
internal sealed class KafkaClients(KafkaOptions options, ILogger logger)
{
    /// <summary>A producer that keeps order and writes nothing twice; with transactions, fenced by its id.</summary>
    /// <exception cref="KafkaException">A setting is unknown or impossible.</exception>
    public RecordProducer Producer(string transactionalId)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in options.Settings)
        {
            // Those are Confluent.Kafka's own.
            if (!name.StartsWith("dotnet.", StringComparison.Ordinal))
            {
                settings[name] = value;
            }
        }

        settings["bootstrap.servers"] = options.BootstrapServers;
        settings["client.id"] = "creditexchange-relay";
        settings["enable.idempotence"] = "true";
        settings["acks"] = "all";
        settings["linger.ms"] = "2";
        // As large as a message that the hub takes may be; the topics must take it too (max.message.bytes).
        settings["message.max.bytes"] = "4194304";
        settings["message.timeout.ms"] = "25000";
        settings["queue.buffering.max.messages"] = "200000";
        settings["queue.buffering.max.kbytes"] = "262144";
        settings["retry.backoff.ms"] = "50";
        settings["reconnect.backoff.ms"] = "50";
        settings["reconnect.backoff.max.ms"] = "1000";
        settings["log.queue"] = "true";
        if (options.Transactions)
        {
            settings["transactional.id"] = transactionalId;
            settings["transaction.timeout.ms"] = "30000";
        }

        return new RecordProducer(settings, (facility, text) => RelayLog.Library(logger, facility, text));
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
