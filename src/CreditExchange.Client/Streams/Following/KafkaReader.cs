using Confluent.Kafka;

namespace CreditExchange.Client.Streams.Following;

/// <summary>A client of the brokers that reads partitions which it is given, joins no group and commits nothing.</summary>
internal sealed class KafkaReader : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private readonly Action<string> interrupted;
    private readonly TimeProvider time;
    private volatile Error? fatal;

    public KafkaReader(StreamConsumerOptions options, bool tellsEnds, Action<string> interrupted, TimeProvider time)
    {
        KafkaLibrary.Load();
        this.interrupted = interrupted;
        this.time = time;
        var config = new ConsumerConfig(new Dictionary<string, string>(options.Settings, StringComparer.Ordinal))
        {
            BootstrapServers = options.BootstrapServers,
            ClientId = options.ClientId,
            GroupId = options.Settings.GetValueOrDefault("group.id", options.ClientId),
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            EnablePartitionEof = tellsEnds,
            IsolationLevel = IsolationLevel.ReadCommitted,
            AutoOffsetReset = AutoOffsetReset.Error,
            // Topic and time of each record are known, and would be made anew for each.
            ConsumeResultFields = "headers",
        };
        Bound(config, "queued.max.messages.kbytes", "32768");
        Bound(config, "fetch.message.max.bytes", "4194304");
        Bound(config, "reconnect.backoff.ms", "50");
        Bound(config, "reconnect.backoff.max.ms", "1000");
        Client = new ConsumerBuilder<byte[]?, byte[]?>(config)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, error) =>
            {
                if (error.IsFatal)
                {
                    fatal = error;
                }
                else
                {
                    interrupted($"brokers: {error.Reason}");
                }
            })
            .Build();
    }

    public IConsumer<byte[]?, byte[]?> Client { get; }

    /// <summary>How many partitions a topic has; waits until it is there.</summary>
    public Task<int> PartitionsAsync(string topic, CancellationToken cancellation) => AskAsync(
        () =>
        {
            using var admin = new DependentAdminClientBuilder(Client.Handle).Build();
            var found = admin.GetMetadata(topic, Patience).Topics.Find(t => t.Topic == topic);
            return found is { Error.IsError: false, Partitions.Count: > 0 }
                ? found.Partitions.Count
                : throw new KafkaException(found is { Error.IsError: true } ? found.Error : new Error(ErrorCode.UnknownTopicOrPart, $"no topic '{topic}'"));
        },
        cancellation);

    /// <summary>The first record that is there, and where the next one will stand.</summary>
    public Task<(long Low, long High)> EndsAsync(string topic, int partition, CancellationToken cancellation) => AskAsync(
        () =>
        {
            var marks = Client.QueryWatermarkOffsets(new TopicPartition(topic, partition), Patience);
            return (marks.Low.Value, marks.High.Value);
        },
        cancellation);

    /// <summary>Reads one partition from an offset to its present end. Of a client that tells ends.</summary>
    public Task ReadToEndAsync(string topic, int partition, long from, Action<ConsumeResult<byte[]?, byte[]?>> take, CancellationToken cancellation) => Task.Run(
        () =>
        {
            Client.Assign(new TopicPartitionOffset(topic, partition, from));
            while (Next(250, cancellation) is var record && record is not { IsPartitionEOF: true })
            {
                if (record is not null)
                {
                    take(record);
                }
            }

            Client.Unassign();
        },
        cancellation);

    /// <summary>The next record; null: none came in time, or the brokers could not be asked.</summary>
    /// <exception cref="KafkaException">The client can't go on.</exception>
    public ConsumeResult<byte[]?, byte[]?>? Next(int milliseconds, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (fatal is { } error)
        {
            throw new KafkaException(error);
        }

        try
        {
            return Client.Consume(milliseconds);
        }
        catch (ConsumeException fault) when (!fault.Error.IsFatal && fault.Error.Code is not (ErrorCode.OffsetOutOfRange or ErrorCode.Local_AutoOffsetReset))
        {
            interrupted($"brokers: {fault.Error.Reason}");
            return null;
        }
    }

    public void Dispose() => Client.Dispose();

    private static void Bound(ConsumerConfig config, string name, string value)
    {
        if (config.Get(name) is null)
        {
            config.Set(name, value);
        }
    }

    // The library's questions block.
    private async Task<T> AskAsync<T>(Func<T> question, CancellationToken cancellation)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await Task.Run(question, cancellation);
            }
            catch (KafkaException fault) when (!fault.Error.IsFatal)
            {
                interrupted($"brokers: {fault.Error.Reason}; again in {pause.TotalSeconds:0.#} s");
            }

            await Task.Delay(pause, time, cancellation);
        }
    }
}
