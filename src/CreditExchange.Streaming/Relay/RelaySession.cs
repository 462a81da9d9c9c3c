using Confluent.Kafka;
using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;

namespace CreditExchange.Streaming.Relay;

/// <summary>
/// One relay's time at the topics: what they end with is read, then batches follow. Any fault ends it, and the next session finds out
/// again what the topics hold. Used by the relay's own thread, which librdkafka's calls block.
/// </summary>
internal sealed class RelaySession : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);
    // Short, so that a hub which stops while the brokers are away need not wait for it.
    private static readonly TimeSpan OpeningPatience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan FlowingInterval = TimeSpan.FromMilliseconds(900);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(55);
    private static readonly TimeSpan KeepInterval = TimeSpan.FromSeconds(1);
    private readonly Audience audience;
    private readonly RelayLease lease;
    private readonly ILedger ledger;
    private readonly TimeProvider time;
    private readonly IProducer<string, byte[]> producer;
    private readonly bool transactions;
    private readonly TopicWriter events;
    private readonly TopicWriter state;
    private readonly UnconfirmedBatch batch;
    private volatile Error? fatal;
    private long checkpointedAt;
    private long checkpointed;
    private long keptAt;

    /// <summary>Opens a session: fences who wrote before, and reads where the topics end.</summary>
    /// <exception cref="StreamRefusedException">The topics are not what they must be.</exception>
    /// <exception cref="KafkaException">The brokers can't be reached now.</exception>
    public RelaySession(
        Audience audience, RelayLease lease, ILedger ledger, KafkaClients clients, bool transactions, CheckpointKey signing, TimeProvider time, CancellationToken cancellation)
    {
        this.audience = audience;
        this.lease = lease;
        this.ledger = ledger;
        this.time = time;
        this.transactions = transactions;
        var options = audience.Options;
        producer = clients.Producer($"creditexchange-{ledger.LedgerId}-{audience.Name}-g{options.Generation}", e => fatal = e);
        try
        {
            if (transactions)
            {
                producer.InitTransactions(OpeningPatience);
            }

            Traps.Reach("relay.after-fencing");
            var partitions = Partitions(options.EventsTopic, cancellation);
            if (Partitions(options.StateTopic, cancellation) != partitions)
            {
                throw new StreamRefusedException($"'{options.EventsTopic}' and '{options.StateTopic}' have different counts of partitions. Give both the same.");
            }

            var kept = RelayProgress.Read(ledger.Progress, audience.Name);
            if (kept?.Generation != options.Generation)
            {
                kept = null;
            }

            Check(kept, partitions);
            var ends = new TopicEnds(clients, ledger.LedgerId, signing.IsOwn);
            events = new TopicWriter(options.EventsTopic, ends.Read(options.EventsTopic, partitions, kept?.Events, cancellation), ledger.LedgerId, signing, lease.Fence);
            state = new TopicWriter(options.StateTopic, ends.Read(options.StateTopic, partitions, kept?.State, cancellation), ledger.LedgerId, signing, lease.Fence);
            batch = new UnconfirmedBatch([events, state]);
            Position = events.Ends.Concat(state.Ends).Min(e => e.Through);
            checkpointed = -1;
            Traps.Reach("relay.after-scan");
        }
        catch
        {
            producer.Dispose();
            throw;
        }
    }

    /// <summary>Everything up to here is in the topics.</summary>
    public long Position { get; private set; }

    /// <summary>Partitions of each topic.</summary>
    public int PartitionCount => events.Ends.Count;

    /// <summary>When the next checkpoint is due.</summary>
    public TimeSpan UntilCheckpoint
    {
        get
        {
            var left = (Position > checkpointed ? FlowingInterval : IdleInterval) - (checkpointedAt == 0 ? IdleInterval : time.GetElapsedTime(checkpointedAt));
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Keeps what the topics were begun with, before the first record stands in them.</summary>
    public void Begin() => Keep(always: true);

    /// <summary>Sends records, and checkpoints where they are due, and waits until the brokers have confirmed all.</summary>
    /// <param name="records">In order, after <see cref="Position"/>; may be none.</param>
    /// <exception cref="KafkaException">It failed: what of it stands in the topics is not known.</exception>
    public void Send(IReadOnlyList<RelayRecord> records)
    {
        ThrowIfFatal();
        var checkpoints = UntilCheckpoint == TimeSpan.Zero;
        if (records.Count == 0 && !checkpoints)
        {
            return;
        }

        if (transactions)
        {
            producer.BeginTransaction();
        }

        Traps.Reach("relay.after-begin");
        foreach (var record in records)
        {
            events.Write(Produce, record, record.Key, record.Value);
            if (record.ListingId.Length > 0)
            {
                state.Write(Produce, record, record.ListingId, record.IsGone ? null : record.Value);
            }

            Traps.Reach("relay.after-produce");
        }

        var through = records.Count > 0 ? records[^1].Position : Position;
        events.Reached(through);
        state.Reached(through);
        if (checkpoints)
        {
            var now = time.GetUtcNow();
            events.WriteCheckpoints(Produce, now);
            state.WriteCheckpoints(Produce, now);
            Traps.Reach("relay.after-checkpoints");
        }

        Traps.Reach("relay.before-commit");
        if (transactions)
        {
            producer.CommitTransaction(Patience);
        }

        batch.WaitUntilDone(Patience);
        Traps.Reach("relay.after-commit");
        Position = through;
        if (checkpoints)
        {
            (checkpointed, checkpointedAt) = (through, time.GetTimestamp());
        }

        Keep(always: false);
        Traps.Reach("relay.after-keep");
    }

    /// <summary>Ends it; what was not confirmed is dropped.</summary>
    public void Dispose() => producer.Dispose();

    private void Produce(TopicPartition target, Message<string, byte[]> message)
    {
        ThrowIfFatal();
        batch.Sent();
        while (true)
        {
            try
            {
                producer.Produce(target, message, batch.Report);
                return;
            }
            catch (ProduceException<string, byte[]> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
            {
                // The brokers take it slower than it is made.
                producer.Poll(TimeSpan.FromMilliseconds(10));
                ThrowIfFatal();
            }
        }
    }

    private void ThrowIfFatal()
    {
        if (fatal is { } error)
        {
            throw new KafkaException(error);
        }
    }

    private void Keep(bool always)
    {
        if (!always && time.GetElapsedTime(keptAt) < KeepInterval)
        {
            return;
        }

        var row = ledger.Progress.Read(RelayProgress.RowOf(audience.Name));
        // Another relay's word may be newer; it is not overwritten, and the lease tells soon.
        if (!lease.IsHeld)
        {
            return;
        }

        keptAt = time.GetTimestamp();
        var progress = new RelayProgress
        {
            LedgerId = ledger.LedgerId,
            Generation = audience.Options.Generation,
            TokenKeyId = audience.TokenKeyId,
            Through = Position,
            Events = [.. events.Ends.Select(RelayProgress.End.Of)],
            State = [.. state.Ends.Select(RelayProgress.End.Of)],
        };
        ledger.Progress.WriteAsync(RelayProgress.RowOf(audience.Name), row?.Version ?? 0, progress.ToBytes()).GetAwaiter().GetResult();
    }

    private void Check(RelayProgress? kept, int partitions)
    {
        if (kept is null)
        {
            return;
        }

        var what = kept.LedgerId != ledger.LedgerId ? $"ledger and epoch {kept.LedgerId}, and this is {ledger.LedgerId}"
            : kept.TokenKeyId != audience.TokenKeyId ? $"token key {kept.TokenKeyId}, and now it is {audience.TokenKeyId}"
            : kept.Events.Count != partitions ? $"{kept.Events.Count} partitions, and now there are {partitions}"
            : null;
        if (what is not null)
        {
            throw new StreamRefusedException(
                $"generation {kept.Generation} of '{audience.Options.EventsTopic}' was begun with {what}: the order of a subject would break. "
                + "Put it back, or begin the next generation (Kafka:Audiences:n:Generation), which is written from the ledger's first position.");
        }
    }

    private int Partitions(string topic, CancellationToken cancellation)
    {
        using var admin = new DependentAdminClientBuilder(producer.Handle).Build();
        for (var attempt = 0; ; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            var found = admin.GetMetadata(topic, OpeningPatience).Topics.Find(t => t.Topic == topic);
            if (found is { Error.IsError: false, Partitions.Count: > 0 })
            {
                return found.Partitions.Count;
            }

            // A broker that makes topics by itself needs a moment.
            if (attempt == 20)
            {
                throw new StreamRefusedException($"the topic '{topic}' does not exist: {found?.Error.Reason ?? "unknown"}. Create it (docs/streaming.md).");
            }

            Thread.Sleep(250);
        }
    }
}
