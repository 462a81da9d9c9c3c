using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;
using CreditExchange.Client.Streams;
using CreditExchange.Client.Streams.Following;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Benchmarks;

/// <summary>
/// The client's consumer of streams: how fast it reads what it has missed, with partitions, digests and signatures verified. The broker
/// is librdkafka's mock in this process; its thread is counted apart.
/// </summary>
internal static class FollowBenchmark
{
    private const string Topic = "follow-events";
    private const string Ledger = "7f3a9c.1";

    public static async Task RunAsync(int events)
    {
        // The mock keeps 5 MB of a partition.
        var partitions = Math.Max(12, events / 6_000);
        using var kafka = new TestKafka(1);
        kafka.CreateTopic(Topic, partitions);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var bytes = Write(kafka, partitions, events, key);
        Console.WriteLine($"## a consumer that is {events:N0} events behind, {bytes:F0} bytes each with headers, {partitions} partitions (goal: >= 100,000 events/s)");
        var threads = BrokerThreads();
        var rates = new List<double>();
        for (var round = 0; round < 5; round++)
        {
            var applied = new Applied();
            var consumer = new StreamConsumer(
                new StreamConsumerOptions { BootstrapServers = kafka.BootstrapServers, EventsTopic = Topic, CheckpointKeys = [key.ExportSubjectPublicKeyInfo()] },
                applied, applied);
            using var stop = new CancellationTokenSource();
            var (started, cpu, broker) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime, CpuOf(threads));
            var running = consumer.RunAsync(stop.Token);
            while (consumer.VerifiedThrough < events && !running.IsCompleted)
            {
                await Task.Delay(5);
            }

            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var used = Process.GetCurrentProcess().TotalProcessorTime - cpu;
            await stop.CancelAsync();
            await running.ContinueWith(_ => { }, TaskScheduler.Default);
            if (applied.Count != events)
            {
                throw new InvalidOperationException($"{applied.Count} of {events} events came: {running.Exception?.InnerException?.Message}");
            }

            rates.Add(events / seconds);
            Console.WriteLine(
                $"  {events / seconds,10:N0} events/s; CPU {(used - (CpuOf(threads) - broker)).TotalMicroseconds / events:F1} µs each, and {(CpuOf(threads) - broker).TotalMicroseconds / events:F1} of the broker");
        }

        Console.WriteLine($"  median {rates.Order().ElementAt(rates.Count / 2):N0} events/s; ratio to goal {rates.Order().ElementAt(rates.Count / 2) / 100_000:F2}");
    }

    private static double Write(TestKafka kafka, int partitions, int events, ECDsa key)
    {
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig
        {
            BootstrapServers = kafka.BootstrapServers,
            CompressionType = CompressionType.Lz4,
            LingerMs = 20,
            QueueBufferingMaxMessages = 2_000_000,
        }).SetLogHandler((_, _) => { }).Build();
        var digests = Enumerable.Range(0, partitions).Select(p => new StreamDigest(Ledger, Topic, p)).ToArray();
        var bytes = 0L;
        for (var position = 1L; position <= events; position++)
        {
            var subject = Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(position % (partitions * 50)))[..16]);
            var told = Event(position, subject);
            var partition = StreamPartition.Of(subject, partitions);
            var headers = new Headers
            {
                { StreamHeaders.Position, Text(position) },
                { StreamHeaders.Kind, "PUBLISHED"u8.ToArray() },
                { StreamHeaders.LedgerId, Encoding.ASCII.GetBytes(Ledger) },
                { StreamHeaders.Schema, Encoding.ASCII.GetBytes(StreamHeaders.EventSchema) },
                { StreamHeaders.ContentType, Encoding.ASCII.GetBytes(StreamHeaders.Protobuf) },
                { StreamHeaders.Commitment, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(told.Commitment.Span)) },
                { StreamHeaders.PreviousInPartition, Text(digests[partition].Last) },
            };
            var value = told.ToByteArray();
            bytes += value.Length + subject.Length + headers.Sum(h => h.Key.Length + h.GetValueBytes().Length);
            Send(producer, partition, subject, value, headers);
            digests[partition].Append(position, told.Commitment.Span);
            // As often as one that reads a day later finds them: one a second at 5,000 events/s, and at the end.
            if (position % 50_000 == 0 || position == events)
            {
                for (var i = 0; i < partitions; i++)
                {
                    Checkpoint(producer, i, position, digests[i], key);
                }
            }
        }

        if (producer.Flush(TimeSpan.FromMinutes(2)) > 0)
        {
            throw new InvalidOperationException("The events can't be written.");
        }

        return (double)bytes / events;
    }

    private static LedgerEvent Event(long position, string subject) => new()
    {
        Position = position,
        RecordedAt = new Google.Protobuf.WellKnownTypes.Timestamp { Seconds = 1_760_000_000 + (position / 5_000), Nanos = (int)(position % 5_000) * 200_000 },
        Kind = EventKind.Published,
        Commitment = UnsafeByteOperations.UnsafeWrap(SHA256.HashData(BitConverter.GetBytes(position))),
        Actor = "hainan-high-court",
        Listing = new Listing
        {
            ListingId = $"460000-{position:x10}",
            SourceRef = $"case-{position}",
            ListCode = "court.dishonest-judgment-debtor",
            SubjectName = "海南样例甲贸易有限公司",
            SubjectToken = new SubjectToken { Audience = "platform", KeyVersion = 1, Value = ByteString.CopyFrom(Convert.FromHexString(subject)) },
            Reason = "有履行能力而拒不履行生效法律文书确定义务",
            Document = new DecisionDocument { Number = $"（2025）琼0105执{position}号", Authority = "海口市样例区人民法院", DecidedOn = "2025-06-02" },
            ConductOn = "2025-03-01",
            State = ListingState.Active,
            Revision = 1,
            Position = position,
        },
    };

    private static void Checkpoint(IProducer<string, byte[]> producer, int partition, long through, StreamDigest digest, ECDsa key)
    {
        var signed = CheckpointSignature.Sign(
            new StreamCheckpoint
            {
                LedgerId = Ledger,
                Topic = Topic,
                Partition = partition,
                ThroughPosition = through,
                Count = digest.Count,
                LastPosition = digest.Last,
                Digest = ByteString.CopyFrom(digest.Value),
            },
            key,
            CheckpointSignature.IdOf(key.ExportSubjectPublicKeyInfo()));
        Send(producer, partition, $"checkpoint-{partition}", signed.ToByteArray(), new Headers
        {
            { StreamHeaders.Position, Text(through) },
            { StreamHeaders.Kind, Encoding.ASCII.GetBytes(StreamHeaders.Checkpoint) },
            { StreamHeaders.LedgerId, Encoding.ASCII.GetBytes(Ledger) },
            { StreamHeaders.Schema, Encoding.ASCII.GetBytes(StreamHeaders.CheckpointSchema) },
            { StreamHeaders.ContentType, Encoding.ASCII.GetBytes(StreamHeaders.Protobuf) },
            { StreamHeaders.PreviousInPartition, Text(digest.Last) },
        });
    }

    private static void Send(IProducer<string, byte[]> producer, int partition, string key, byte[] value, Headers headers)
    {
        while (true)
        {
            try
            {
                producer.Produce(new TopicPartition(Topic, partition), new Message<string, byte[]> { Key = key, Value = value, Headers = headers });
                return;
            }
            catch (ProduceException<string, byte[]> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Flush(TimeSpan.FromSeconds(1));
            }
        }
    }

    private static byte[] Text(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    // The mock's threads have a name of their own; others come and go while this looks.
    private static string[] BrokerThreads() =>
        [.. Directory.GetDirectories("/proc/self/task").Where(t => File.Exists($"{t}/comm") && File.ReadAllText($"{t}/comm").StartsWith("rdk:mock", StringComparison.Ordinal))];

    private static TimeSpan CpuOf(string[] threads) => TimeSpan.FromMilliseconds(threads.Sum(t =>
    {
        var fields = File.ReadAllText($"{t}/stat").Split(") ")[1].Split(' ');
        return 10 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture));
    }));

    private sealed class Applied : IStreamHandler, IStreamProgressStore
    {
        public int Count { get; private set; }

        public ValueTask ApplyAsync(StreamEvent told, CancellationToken cancellation)
        {
            Count++;
            return ValueTask.CompletedTask;
        }

        public ValueTask<StreamProgress?> ReadAsync(CancellationToken cancellation) => ValueTask.FromResult<StreamProgress?>(null);

        public ValueTask WriteAsync(StreamProgress progress, CancellationToken cancellation) => ValueTask.CompletedTask;
    }
}
