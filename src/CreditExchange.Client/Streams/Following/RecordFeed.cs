using System.Threading.Channels;

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
    private readonly Channel<Task<RecordBatch>> batches = Channel.CreateBounded<Task<RecordBatch>>(
        new BoundedChannelOptions(BatchesAhead) { SingleReader = true, SingleWriter = true });
    private readonly KafkaReader reader;
    private readonly RecordParser parser;

    public RecordFeed(KafkaReader reader, RecordParser parser)
    {
        this.reader = reader;
        this.parser = parser;
    }

    /// <summary>The batches, being parsed.</summary>
    public ChannelReader<Task<RecordBatch>> Batches => batches.Reader;

    /// <summary>Reads until cancelled or at a fault, which the batches end with.</summary>
    public Task RunAsync(CancellationToken cancellation) => Task.Factory.StartNew(
        () => Run(cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken cancellation)
    {
        Exception? end = null;
        Task<RecordBatch>? open = null;
        try
        {
            while (true)
            {
                var batch = reader.Take(BatchSize, IdleMilliseconds, null, cancellation);
                var parsing = batch.Count == 0 ? Task.FromResult(batch) : Task.Run(() => batch.Parse(parser), CancellationToken.None);
                open = parsing;
                if (!batches.Writer.TryWrite(parsing))
                {
                    batches.Writer.WriteAsync(parsing, cancellation).AsTask().GetAwaiter().GetResult();
                }

                open = null;
            }
        }
#pragma warning disable CA1031 // Whoever applies the batches meets it.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            end = fault;
        }

        open?.GetAwaiter().GetResult().Dispose();
        batches.Writer.TryComplete(end);
    }

    /// <summary>Gives back what was read and not taken; after the reading has ended.</summary>
    public async Task DrainAsync()
    {
        while (batches.Reader.TryRead(out var parsing))
        {
            (await parsing).Dispose();
        }
    }
}
