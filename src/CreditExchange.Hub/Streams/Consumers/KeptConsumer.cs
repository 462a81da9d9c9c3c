using CreditExchange.Ledger;

namespace CreditExchange.Hub.Streams.Consumers;

/// <summary>
/// One consumer and its row. However often it tells, its row is written once a second; each call is answered after the write that
/// holds it, so that an answer always means that it is kept.
/// </summary>
public sealed class KeptConsumer(string agency, string name, IProgressStore store, TimeProvider time, CancellationToken stopping)
{
    /// <summary>The least time between two writes.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    // Another one writes this row only where a write's outcome was not known.
    private const int MostAttempts = 3;

    private readonly Lock gate = new();
    private Batch? next;
    private bool isWriting;
    private bool wasWritten;
    private long writtenAt;
    private long version;
    private volatile ConsumerState? state;

    /// <summary>The agency.</summary>
    public string Agency { get; } = agency;

    /// <summary>Its name there.</summary>
    public string Name { get; } = name;

    /// <summary>What is kept; null: nothing yet.</summary>
    public ConsumerState? State => state;

    /// <summary>The name of a consumer's row.</summary>
    public static string RowOf(string agency, string name) => $"{ConsumerBook.Rows}{agency}/{name}";

    /// <summary>Takes over what the store holds.</summary>
    internal void Load(ProgressRow row, ConsumerState kept) => (version, state) = (row.Version, kept);

    /// <summary>Keeps what a consumer tells; completes when it is durable.</summary>
    /// <returns>What is kept then, with what others told beside this one.</returns>
    /// <exception cref="LedgerUnavailableException">It could not be written, or nobody knows whether it was.</exception>
    public Task<ConsumerState> TellAsync(Acknowledgement told)
    {
        lock (gate)
        {
            next ??= new Batch();
            next.Told.Add(told);
            if (!isWriting)
            {
                isWriting = true;
                _ = Task.Run(WriteAllAsync, CancellationToken.None);
            }

            return next.Kept.Task;
        }
    }

    private async Task WriteAllAsync()
    {
        while (true)
        {
            await PauseAsync();
            Batch batch;
            lock (gate)
            {
                (batch, next) = (next!, null);
            }

            (writtenAt, wasWritten) = (time.GetTimestamp(), true);
            try
            {
                batch.Kept.SetResult(await WriteAsync(batch.Told));
            }
#pragma warning disable CA1031 // Whoever waits is told; the next call tries again.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                batch.Kept.SetException(fault);
            }

            lock (gate)
            {
                if (next is null)
                {
                    isWriting = false;
                    return;
                }
            }
        }
    }

    private async Task PauseAsync()
    {
        var left = wasWritten ? Beat - time.GetElapsedTime(writtenAt) : TimeSpan.Zero;
        if (left <= TimeSpan.Zero)
        {
            return;
        }

        try
        {
            await Task.Delay(left, time, stopping);
        }
        catch (OperationCanceledException)
        {
            // A stopping hub answers at once.
            return;
        }
    }

    private async Task<ConsumerState> WriteAsync(List<Acknowledgement> told)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var wanted = (state ?? ConsumerState.None).With(told);
            if (await store.WriteAsync(RowOf(Agency, Name), version, wanted.ToBytes()))
            {
                version++;
                return state = wanted;
            }

            var row = store.Read(RowOf(Agency, Name));
            (version, state) = row is null ? (0, null) : (row.Version, ConsumerState.Parse(row.Value));
        }

        throw new LedgerUnavailableException($"The row of the consumer '{Name}' changes faster than it can be written.");
    }

    private sealed class Batch
    {
        public List<Acknowledgement> Told { get; } = [];

        public TaskCompletionSource<ConsumerState> Kept { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
