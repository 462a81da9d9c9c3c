using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using CreditExchange.Client.Streams;

namespace CreditExchange.TestKit;

/// <summary>
/// Brokers for a test. Those at KAFKA_BOOTSTRAP where that variable is set (`make kafka-test`); else a cluster of librdkafka's own in this
/// process: Kafka's protocol over real sockets, in memory, which can fail, be down and be slow. What it lacks is told in docs/streaming.md.
/// </summary>
public sealed class TestKafka : IDisposable
{
    private const string Native = "librdkafka";
    private readonly nint client;
    private readonly nint cluster;
    private readonly int brokers;

    static TestKafka() => NativeLibrary.SetDllImportResolver(
        typeof(TestKafka).Assembly, static (name, _, _) => name == Native ? KafkaLibrary.Handle : 0);

    /// <summary>Starts brokers, numbered from 1, unless real ones are given.</summary>
    public TestKafka(int brokers = 3)
    {
        this.brokers = brokers;
        KafkaLibrary.Load();
        if (Given is { } given)
        {
            BootstrapServers = given;
            return;
        }

        var complaint = new byte[512];
        client = rd_kafka_new(0, 0, complaint, (nuint)complaint.Length);
        cluster = client == 0 ? 0 : rd_kafka_mock_cluster_new(client, brokers);
        if (cluster == 0)
        {
            throw new InvalidOperationException($"No mock cluster: {Encoding.UTF8.GetString(complaint).TrimEnd('\0')}");
        }

        BootstrapServers = Marshal.PtrToStringUTF8(rd_kafka_mock_cluster_bootstraps(cluster))!;
    }

    /// <summary>Requests of Kafka's protocol, by their numbers.</summary>
    public enum Request : short
    {
        /// <summary>Records are written.</summary>
        Produce = 0,

        /// <summary>Records are read.</summary>
        Fetch = 1,

        /// <summary>The ends of partitions are asked for.</summary>
        ListOffsets = 2,

        /// <summary>Topics and brokers are asked for.</summary>
        Metadata = 3,

        /// <summary>A producer gets its id, and fences the one before it.</summary>
        InitProducerId = 22,

        /// <summary>A partition joins a transaction.</summary>
        AddPartitionsToTransaction = 24,

        /// <summary>A transaction ends.</summary>
        EndTransaction = 26,
    }

    /// <summary>Topic of the default audience's events.</summary>
    public const string Events = "creditexchange.listing-events.v1";

    /// <summary>Topic of the default audience's state.</summary>
    public const string State = "creditexchange.listing-state.v1";

    /// <summary>Real brokers to test with; null: none.</summary>
    public static string? Given => Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP") is { Length: > 0 } given ? given : null;

    /// <summary>What clients connect to.</summary>
    public string BootstrapServers { get; }

    /// <summary>Brokers with the default audience's two topics.</summary>
    public static TestKafka WithTopics(int partitions, int brokers = 3)
    {
        var kafka = new TestKafka(brokers);
        kafka.CreateTopic(Events, partitions);
        kafka.CreateTopic(State, partitions);
        return kafka;
    }

    /// <summary>Creates a topic, empty also where real brokers have one of the name; a mock topic that is only used gets 4 partitions.</summary>
    public void CreateTopic(string name, int partitions)
    {
        if (Given is null)
        {
            Check(rd_kafka_mock_topic_create(cluster, name, partitions, Math.Min(brokers, 3)));
        }
        else
        {
            RecreateAsync(name, partitions).GetAwaiter().GetResult();
        }
    }

    /// <summary>The next requests of a kind fail, one for each error; nothing is stored for them.</summary>
    public void FailNext(Request request, params ErrorCode[] errors) =>
        rd_kafka_mock_push_request_errors_array(cluster, (short)request, (nuint)errors.Length, Array.ConvertAll(errors, e => (int)e));

    /// <summary>Disconnects everybody from a broker and refuses connections.</summary>
    public void SetDown(int broker) => Check(rd_kafka_mock_broker_set_down(cluster, broker));

    /// <summary>A broker takes connections again.</summary>
    public void SetUp(int broker) => Check(rd_kafka_mock_broker_set_up(cluster, broker));

    /// <summary>All brokers are down, or up again.</summary>
    public void SetAll(bool up)
    {
        for (var broker = 1; broker <= brokers; broker++)
        {
            (up ? (Action<int>)SetUp : SetDown)(broker);
        }
    }

    /// <summary>Delays a broker's answers.</summary>
    public void SetRoundTrip(int broker, TimeSpan delay) => Check(rd_kafka_mock_broker_set_rtt(cluster, broker, (int)delay.TotalMilliseconds));

    /// <summary>Makes a broker the leader of a partition.</summary>
    public void SetLeader(string topic, int partition, int broker) => Check(rd_kafka_mock_partition_set_leader(cluster, topic, partition, broker));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (cluster == 0)
        {
            return;
        }

        rd_kafka_mock_cluster_destroy(cluster);
        rd_kafka_destroy(client);
    }

    // Brokers delete in their own time.
    private async Task RecreateAsync(string name, int partitions)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers }).Build();
        if (admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Exists(t => t.Topic == name))
        {
            await admin.DeleteTopicsAsync([name]);
        }

        await Eventually.HoldsAsync($"the topic '{name}'", async () =>
        {
            try
            {
                await admin.CreateTopicsAsync([new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }]);
                return true;
            }
            catch (CreateTopicsException exists) when (exists.Results.TrueForAll(r => r.Error.Code == ErrorCode.TopicAlreadyExists))
            {
                return false;
            }
        });
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new KafkaException((ErrorCode)error);
        }
    }

#pragma warning disable IDE1006 // Names of the library.
    [DllImport(Native)]
    private static extern nint rd_kafka_new(int type, nint configuration, byte[] complaint, nuint size);

    [DllImport(Native)]
    private static extern void rd_kafka_destroy(nint client);

    [DllImport(Native)]
    private static extern nint rd_kafka_mock_cluster_new(nint client, int brokers);

    [DllImport(Native)]
    private static extern void rd_kafka_mock_cluster_destroy(nint cluster);

    [DllImport(Native)]
    private static extern nint rd_kafka_mock_cluster_bootstraps(nint cluster);

    [DllImport(Native)]
    private static extern int rd_kafka_mock_topic_create(nint cluster, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic, int partitions, int replicas);

    [DllImport(Native)]
    private static extern void rd_kafka_mock_push_request_errors_array(nint cluster, short request, nuint count, int[] errors);

    [DllImport(Native)]
    private static extern int rd_kafka_mock_broker_set_down(nint cluster, int broker);

    [DllImport(Native)]
    private static extern int rd_kafka_mock_broker_set_up(nint cluster, int broker);

    [DllImport(Native)]
    private static extern int rd_kafka_mock_broker_set_rtt(nint cluster, int broker, int milliseconds);

    [DllImport(Native)]
    private static extern int rd_kafka_mock_partition_set_leader(nint cluster, [MarshalAs(UnmanagedType.LPUTF8Str)] string topic, int partition, int broker);
#pragma warning restore IDE1006
}
