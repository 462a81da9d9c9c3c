using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;
using CreditExchange.Client.Streams;
using CreditExchange.Client.Streams.Following;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Streaming.Tests.Consumer;

/// <summary>A stream as docs/streaming.md says, written record by record, also wrongly where a test wants it.</summary>
internal sealed class WrittenStream : IDisposable
{
    public const string Ledger = "7f3a9c.1";
    public const string Events = "stream-events";
    public const string State = "stream-state";
    private readonly ECDsa signing = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly IProducer<byte[]?, byte[]?> producer;
    private readonly Dictionary<(string Topic, int Partition), StreamDigest> digests = [];

    public WrittenStream(TestKafka kafka, int partitions = 2, string compression = "none")
    {
        Partitions = partitions;
        Bootstrap = kafka.BootstrapServers;
        kafka.CreateTopic(Events, partitions);
        kafka.CreateTopic(State, partitions);
        PublicKey = signing.ExportSubjectPublicKeyInfo();
        producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig(new Dictionary<string, string> { ["compression.type"] = compression })
        {
            BootstrapServers = kafka.BootstrapServers,
            LingerMs = 1,
            ReconnectBackoffMaxMs = 200,
            QueueBufferingMaxMessages = 2_000_000,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    public int Partitions { get; }

    public string Bootstrap { get; }

    public byte[] PublicKey { get; }

    public StreamConsumerOptions Options(string state = "", string ledgerId = Ledger, int saveEvery = 100_000, params byte[][] keys) => new()
    {
        BootstrapServers = Bootstrap,
        EventsTopic = Events,
        StateTopic = state,
        LedgerId = ledgerId,
        CheckpointKeys = keys.Length > 0 ? keys : [PublicKey],
        SaveEvery = saveEvery,
    };

    /// <summary>An event about a listing.</summary>
    public static LedgerEvent Told(long position, string listing, EventKind kind = EventKind.Published, long revision = 1) => new()
    {
        Position = position,
        Kind = kind,
        Listing = new Listing { ListingId = listing, Revision = revision, SubjectName = $"海南样例{position}有限公司", State = ListingState.Active },
        Commitment = ByteString.CopyFrom(Commitment(position)),
        Actor = "hainan-high-court",
    };

    public static byte[] Commitment(long position) => SHA256.HashData(BitConverter.GetBytes(position));

    /// <summary>The partition of a key.</summary>
    public int PartitionOf(string key) => StreamPartition.Of(key, Partitions);

    /// <summary>A key of a partition.</summary>
    public string KeyIn(int partition, int nth = 0)
    {
        for (var i = 0; ; i++)
        {
            var key = Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(i))[..16]);
            if (PartitionOf(key) == partition && nth-- == 0)
            {
                return key;
            }
        }
    }

    /// <summary>Writes an event in its place, counted in its partition.</summary>
    public void Write(string key, LedgerEvent told, string topic = Events, bool isTombstone = false)
    {
        var digest = Digest(topic, PartitionOf(key));
        Send(topic, PartitionOf(key), key, isTombstone ? null : told.ToByteArray(), HeadersOf(told, digest.Last));
        digest.Append(told.Position, told.Commitment.Span);
    }

    /// <summary>Counts an event that is never written.</summary>
    public void Lose(string key, long position) => Digest(Events, PartitionOf(key)).Append(position, Commitment(position));

    /// <summary>Checkpoints in every partition.</summary>
    public void Checkpoint(long through, string topic = Events)
    {
        for (var i = 0; i < Partitions; i++)
        {
            Checkpoint(i, MakeCheckpoint(i, through, topic));
        }
    }

    public StreamCheckpoint MakeCheckpoint(int partition, long through, string topic = Events)
    {
        var digest = Digest(topic, partition);
        return new StreamCheckpoint
        {
            LedgerId = Ledger,
            Topic = topic,
            Partition = partition,
            ThroughPosition = through,
            Count = digest.Count,
            LastPosition = digest.Last,
            Digest = ByteString.CopyFrom(digest.Value),
            RelayEpoch = 1,
        };
    }

    /// <summary>Writes a checkpoint whatever it says.</summary>
    public void Checkpoint(int partition, StreamCheckpoint checkpoint, Action<SignedCheckpoint>? change = null, ECDsa? key = null)
    {
        var by = key ?? signing;
        var signed = CheckpointSignature.Sign(checkpoint, by, CheckpointSignature.IdOf(by.ExportSubjectPublicKeyInfo()));
        change?.Invoke(signed);
        Send(checkpoint.Topic, partition, $"checkpoint-{partition}", signed.ToByteArray(), new Headers
        {
            { StreamHeaders.Position, Text(checkpoint.ThroughPosition) },
            { StreamHeaders.Kind, Text(StreamHeaders.Checkpoint) },
            { StreamHeaders.LedgerId, Text(checkpoint.LedgerId) },
            { StreamHeaders.Schema, Text(StreamHeaders.CheckpointSchema) },
            { StreamHeaders.ContentType, Text(StreamHeaders.Protobuf) },
            { StreamHeaders.PreviousInPartition, Text(checkpoint.LastPosition) },
        });
    }

    /// <summary>Writes any record.</summary>
    public void Send(string topic, int partition, string? key, byte[]? value, Headers headers) => producer.Produce(
        new TopicPartition(topic, partition), new Message<byte[]?, byte[]?> { Key = key is null ? null : Text(key), Value = value, Headers = headers });

    public static Headers HeadersOf(LedgerEvent told, long previous, string ledger = Ledger) => new()
    {
        { StreamHeaders.Position, Text(told.Position) },
        { StreamHeaders.Kind, Text(told.Kind.ToString().ToUpperInvariant()) },
        { StreamHeaders.LedgerId, Text(ledger) },
        { StreamHeaders.Schema, Text(StreamHeaders.EventSchema) },
        { StreamHeaders.ContentType, Text(StreamHeaders.Protobuf) },
        { StreamHeaders.Commitment, Text(Convert.ToHexStringLower(told.Commitment.Span)) },
        { StreamHeaders.PreviousInPartition, Text(previous) },
    };

    /// <summary>Waits until all is in the topics.</summary>
    public void Flush() => Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(30)));

    /// <summary>What stands in a partition.</summary>
    public StreamDigest Digest(string topic, int partition)
    {
        if (!digests.TryGetValue((topic, partition), out var digest))
        {
            digests[(topic, partition)] = digest = new StreamDigest(Ledger, topic, partition);
        }

        return digest;
    }

    public void Dispose()
    {
        producer.Dispose();
        signing.Dispose();
    }

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    private static byte[] Text(long number) => Text(number.ToString(CultureInfo.InvariantCulture));
}
