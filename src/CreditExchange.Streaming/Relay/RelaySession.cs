using Confluent.Kafka;
using CreditExchange.Ledger;
using CreditExchange.Streaming.Audiences;
using CreditExchange.Streaming.Producing;

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
    private readonly RecordProducer producer;
    private readonly bool transactions;
    private readonly TopicWriter events;
    private readonly TopicWriter state;
    private bool isOpen;
    private long sent;
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
        producer = clients.Producer($"creditexchange-{ledger.LedgerId}-{audience.Name}-g{options.Generation}");
        try
        {
            if (transactions)
            {
                producer.InitTransactions(OpeningPatience);
            }

            Traps.Reach("relay.after-fencing");
            using var reader = clients.Reader();
            var partitions = Partitions(reader.Handle, options.EventsTopic, cancellation);
            if (Partitions(reader.Handle, options.StateTopic, cancellation) != partitions)
            {
                throw new StreamRefusedException($"'{options.EventsTopic}' and '{options.StateTopic}' have different counts of partitions. Give both the same.");
            }

            var kept = RelayProgress.Read(ledger.Progress, audience.Name);
            if (kept?.Generation != options.Generation)
            {
                kept = null;
            }

            Check(kept, partitions);
            var ends = new TopicEnds(reader, ledger.LedgerId, signing.IsOwn);
            events = Writer(options.EventsTopic, ends.Read(options.EventsTopic, partitions, kept?.Events, cancellation), signing);
            state = Writer(options.StateTopic, ends.Read(options.StateTopic, partitions, kept?.State, cancellation), signing);
            reader.Close();
            Position = sent = events.Ends.Concat(state.Ends).Min(e => e.Through);
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

    /// <summary>Sends records; what stands in the topics after <see cref="Commit"/> counts.</summary>
    /// <param name="page">In order, after those sent before.</param>
    /// <exception cref="KafkaException">It failed: what of it stands in the topics is not known.</exception>
    public void Send(RelayPage page)
    {
        Begin(anything: true);
        foreach (ref readonly var record in page.Records)
        {
            events.Write(page, record, record.Partition, page.Key(record), page.Value(record));
            if (record.StateKeySize > 0)
            {
                state.Write(page, record, record.StatePartition, page.StateKey(record), record.IsGone ? default : page.Value(record));
            }

            Traps.Reach("relay.after-produce");
        }

        sent = page.Last;
        // Reports are taken as they come, or they pile up.
        producer.Poll(0);
    }

    /// <summary>Sends checkpoints where they are due, and waits until the brokers have confirmed all.</summary>
    /// <exception cref="KafkaException">It failed: what of it stands in the topics is not known.</exception>
    public void Commit()
    {
        var checkpoints = UntilCheckpoint == TimeSpan.Zero;
        if (!Begin(anything: checkpoints))
        {
            // What the library has to say meanwhile.
            producer.Poll(0);
            return;
        }

        events.Reached(sent);
        state.Reached(sent);
        if (checkpoints)
        {
            var now = time.GetUtcNow();
            events.WriteCheckpoints(now);
            state.WriteCheckpoints(now);
            Traps.Reach("relay.after-checkpoints");
        }

        Traps.Reach("relay.before-commit");
        if (transactions)
        {
            producer.CommitTransaction(Patience);
        }
        else
        {
            producer.Flush(Patience);
        }

        isOpen = false;
        Traps.Reach("relay.after-commit");
        Position = sent;
        if (checkpoints)
        {
            (checkpointed, checkpointedAt) = (sent, time.GetTimestamp());
        }

        Keep(always: false);
        Traps.Reach("relay.after-keep");
    }

    /// <summary>Ends it; what was not confirmed is dropped.</summary>
    public void Dispose() => producer.Dispose();

    // Whether a batch is begun, now if there is anything to put in.
    private bool Begin(bool anything)
    {
        if (!isOpen && anything)
        {
            if (transactions)
            {
                producer.BeginTransaction();
            }

            isOpen = true;
            Traps.Reach("relay.after-begin");
        }

        return isOpen;
    }

    private TopicWriter Writer(string topic, PartitionEnd[] ends, CheckpointKey signing) => new(producer, topic, ends, ledger.LedgerId, signing, lease.Fence);

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

    private static int Partitions(Handle client, string topic, CancellationToken cancellation)
    {
        using var admin = new DependentAdminClientBuilder(client).Build();
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
