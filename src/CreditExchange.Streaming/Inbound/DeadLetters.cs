using System.Globalization;
using System.Text;
using Confluent.Kafka;
using CreditExchange.Client.Streams;
using CreditExchange.Client.Streams.Following;

namespace CreditExchange.Streaming.Inbound;

/// <summary>
/// Puts records that can't be used, as they came, into a topic of their own, with the reason and the place that they came from. A record is
/// there before the progress passes it.
/// </summary>
public sealed class DeadLetters : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly string topic;
    private readonly Action<string> interrupted;
    private readonly TimeProvider time;
    private readonly IProducer<byte[]?, byte[]?> producer;

    /// <summary>Opens the way into a topic.</summary>
    public DeadLetters(string bootstrapServers, IReadOnlyDictionary<string, string> settings, string topic, Action<string> interrupted, TimeProvider time)
    {
        KafkaLibrary.Load();
        this.topic = topic;
        this.interrupted = interrupted;
        this.time = time;
        producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig(new Dictionary<string, string>(settings, StringComparer.Ordinal))
        {
            BootstrapServers = bootstrapServers,
            ClientId = "creditexchange-dead-letters",
            EnableIdempotence = true,
            Acks = Acks.All,
            MessageTimeoutMs = 10_000,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    /// <summary>Puts one in; while the brokers are away the stream waits, since nothing may be lost.</summary>
    /// <param name="from">Topic that it came from.</param>
    /// <param name="partition">Partition there.</param>
    /// <param name="offset">Offset there.</param>
    /// <param name="key">Its key; null: none.</param>
    /// <param name="value">Its value; null: none.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="reason">The stable reason.</param>
    /// <param name="cancellation">Ends it.</param>
    public async ValueTask PutAsync(
        string from, int partition, long offset, byte[]? key, byte[]? value, IEnumerable<KeyValuePair<string, byte[]>> headers, string reason, CancellationToken cancellation)
    {
        var message = new Message<byte[]?, byte[]?> { Key = key, Value = value, Headers = [] };
        message.Headers.Add("reason", Encoding.ASCII.GetBytes(reason));
        message.Headers.Add("from", Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{from}/{partition}/{offset}")));
        foreach (var (name, bytes) in headers)
        {
            message.Headers.Add(name, bytes);
        }

        while (true)
        {
            try
            {
                await producer.ProduceAsync(topic, message, cancellation);
                return;
            }
            catch (KafkaException fault) when (!fault.Error.IsFatal)
            {
                interrupted($"dead letters: {fault.Error.Reason}");
                await Task.Delay(Pause, time, cancellation);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => producer.Dispose();
}
