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
    private readonly RecordQueue queue;
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
        queue = new RecordQueue(Client.Handle);
    }

    /// <summary>The client; records are taken by <see cref="Take"/> only.</summary>
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
    public Task ReadToEndAsync(string topic, int partition, long from, Action<RawRecord> take, CancellationToken cancellation) => Task.Run(
        async () =>
        {
            var (_, high) = await EndsAsync(topic, partition, cancellation);
            Client.Assign(new TopicPartitionOffset(topic, partition, from));
            for (var isOpen = true; isOpen;)
            {
                using var batch = Take(1_000, 250, (end, offset) => isOpen &= end != partition || offset < high, cancellation);
                for (var i = 0; i < batch.Count; i++)
                {
                    take(batch[i]);
                }
            }

            Client.Unassign();
        },
        cancellation);

    /// <summary>The next records; none: none came in time, or the brokers could not be asked.</summary>
    /// <param name="most">How many.</param>
    /// <param name="milliseconds">How long to wait for the first.</param>
    /// <param name="ended">Told of the end of a partition and its offset.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="KafkaException">The client can't go on, or what stands next was deleted.</exception>
    public RecordBatch Take(int most, int milliseconds, Action<int, long>? ended, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (fatal is { } error)
        {
            throw new KafkaException(error);
        }

        var records = new nint[most];
        var count = queue.Take(records, milliseconds);
        KafkaException? fault = null;
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            var record = new RawRecord(records[i]);
            if (record.Error == ErrorCode.NoError)
            {
                records[kept++] = records[i];
                continue;
            }

            if (record.Error == ErrorCode.Local_PartitionEOF)
            {
                ended?.Invoke(record.Partition, record.Offset);
            }
            else if (record.Error is ErrorCode.OffsetOutOfRange or ErrorCode.Local_AutoOffsetReset or ErrorCode.Local_Fatal)
            {
                fault ??= new KafkaException(new Error(record.Error, $"partition {record.Partition}, offset {record.Offset}: {RecordQueue.Explain(record.Error)}"));
            }
            else
            {
                interrupted($"brokers: {RecordQueue.Explain(record.Error)}");
            }

            RecordQueue.Release(records[i]);
        }

        var batch = kept > 0 ? new RecordBatch(records, kept) : RecordBatch.None;
        if (fault is null)
        {
            return batch;
        }

        batch.Dispose();
        throw fault;
    }

    public void Dispose()
    {
        queue.Dispose();
        Client.Dispose();
    }

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
