using System.Threading.Channels;
using Confluent.Kafka;

namespace CreditExchange.Client.Streams.Following;

/// <summary>
/// Reads ahead: one thread takes records from the library, and each batch is parsed beside the one that is applied. Batches come in
/// order, and an empty one now and then while nothing comes.
/// </summary>
internal sealed class RecordFeed
{
    private const int BatchSize = 1_000;
    private const int BatchesAhead = 6;
    private const int IdleMilliseconds = 100;
    private readonly Channel<Task<ParsedRecord[]>> batches = Channel.CreateBounded<Task<ParsedRecord[]>>(
        new BoundedChannelOptions(BatchesAhead) { SingleReader = true, SingleWriter = true });
    private readonly KafkaReader reader;
    private readonly RecordParser parser;

    public RecordFeed(KafkaReader reader, RecordParser parser)
    {
        this.reader = reader;
        this.parser = parser;
    }

    /// <summary>The batches, being parsed.</summary>
    public ChannelReader<Task<ParsedRecord[]>> Batches => batches.Reader;

    /// <summary>Reads until cancelled or at a fault, which the batches end with.</summary>
    public Task RunAsync(CancellationToken cancellation) => Task.Factory.StartNew(
        () => Run(cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken cancellation)
    {
        Exception? end = null;
        try
        {
            while (true)
            {
                var batch = Read(cancellation);
                var parsing = batch.Count == 0 ? Task.FromResult<ParsedRecord[]>([]) : Task.Run(() => Parse(batch), CancellationToken.None);
                if (!batches.Writer.TryWrite(parsing))
                {
                    batches.Writer.WriteAsync(parsing, cancellation).AsTask().GetAwaiter().GetResult();
                }
            }
        }
#pragma warning disable CA1031 // Whoever applies the batches meets it.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            end = fault;
        }

        batches.Writer.TryComplete(end);
    }

    private List<ConsumeResult<byte[]?, byte[]?>> Read(CancellationToken cancellation)
    {
        var batch = new List<ConsumeResult<byte[]?, byte[]?>>();
        var record = reader.Next(IdleMilliseconds, cancellation);
        while (record is not null)
        {
            batch.Add(record);
            record = batch.Count < BatchSize ? reader.Next(0, cancellation) : null;
        }

        return batch;
    }

    private ParsedRecord[] Parse(List<ConsumeResult<byte[]?, byte[]?>> batch)
    {
        var parsed = new ParsedRecord[batch.Count];
        for (var i = 0; i < parsed.Length; i++)
        {
            parsed[i] = parser.Parse(batch[i]);
        }

        return parsed;
    }
}
