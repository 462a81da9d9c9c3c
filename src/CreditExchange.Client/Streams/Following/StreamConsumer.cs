using System.Text;
using Confluent.Kafka;

namespace CreditExchange.Client.Streams.Following;

/// <summary>
/// Follows a stream: every position once to the handler, in order in each partition, doubles dropped, gaps and wrong digests
/// refused. Starts where the kept progress ends, or as a newcomer with a snapshot; a break of the brokers it sits out.
/// </summary>
/// <param name="options">What to follow.</param>
/// <param name="handler">What to do with it.</param>
/// <param name="store">Where progress is kept.</param>
/// <param name="contentKeys">Gives the keys of sealed content; null: sealed events are told as they stand in the topic.</param>
/// <param name="time">Where pauses come from; null: the system.</param>
public sealed class StreamConsumer(
    StreamConsumerOptions options, IStreamHandler handler, IStreamProgressStore store, IContentKeySource? contentKeys = null, TimeProvider? time = null)
{
    private readonly TimeProvider time = time ?? TimeProvider.System;
    private readonly FaultGate faults = new(handler);
    private PartitionFollow[] partitions = [];
    private Seam? seam;
    private byte[] ledger = [];
    private string ledgerId = "";
    private long verified;
    private long applied;
    private int unsaved;
    private bool isChanged;
    private long savedAt;

    /// <summary>Up to here checkpoints have proved that nothing is missing in any partition; 0: not yet.</summary>
    public long VerifiedThrough => Volatile.Read(ref verified);

    /// <summary>The highest position told to the handler since the start; 0: none.</summary>
    public long Position => Volatile.Read(ref applied);

    /// <summary>Ledger and epoch of the positions; empty until known.</summary>
    public string LedgerId => Volatile.Read(ref ledgerId);

    /// <summary>Follows until cancelled; may be called again when it has ended.</summary>
    /// <exception cref="StreamFaultException">The stream isn't believed, and the handler didn't say to go on.</exception>
    /// <exception cref="KafkaException">The client can't go on.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; progress is saved.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var keys = new CheckpointKeys(options.CheckpointKeys);
        using var opening = new ContentOpening(contentKeys, handler.Interrupted, time);
        using var reader = new KafkaReader(options, tellsEnds: false, handler.Interrupted, time);
        var count = await reader.PartitionsAsync(options.EventsTopic, cancellation);
        await StartAsync(reader, count, keys, opening, cancellation);
        reader.Client.Assign(partitions.Select((p, i) => new TopicPartitionOffset(options.EventsTopic, i, p.Offset)));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var feed = new RecordFeed(reader, new RecordParser(count, keys));
        var feeding = feed.RunAsync(ending.Token);
        try
        {
            await FollowAsync(feed, opening, cancellation);
        }
        catch
        {
            // What was applied up to here is true, however it ended. A store that fails too must not hide why.
            await TrySaveAsync();
            throw;
        }
        finally
        {
            await ending.CancelAsync();
            await feeding;
            // The client can't be closed while records of it are in use.
            await feed.DrainAsync();
        }
    }

    private async Task StartAsync(KafkaReader reader, int count, CheckpointKeys keys, ContentOpening opening, CancellationToken cancellation)
    {
        (partitions, seam, ledger, ledgerId, unsaved, isChanged) = ([], null, [], "", 0, false);
        savedAt = time.GetTimestamp();
        Know(options.LedgerId);
        if (await store.ReadAsync(cancellation) is { } kept)
        {
            Check(kept, count);
            Know(kept.LedgerId);
            partitions = [.. kept.Partitions.Select(PartitionFollow.From)];
            for (var i = 0; i < count; i++)
            {
                await ReachAsync(reader, i, cancellation);
            }
        }
        else
        {
            var newcomer = new Newcomer(options, handler, keys, opening, faults, time);
            seam = options.StateTopic.Length > 0 ? await newcomer.ReadStateAsync(cancellation) : null;
            partitions = await newcomer.FindStartsAsync(count, seam?.Through ?? 0, cancellation);
            Know(newcomer.LedgerId);
            // A snapshot that nothing follows yet is progress too.
            isChanged = true;
        }

        Prove();
    }

    private void Check(StreamProgress kept, int count)
    {
        if (options.LedgerId.Length > 0 && kept.LedgerId != options.LedgerId)
        {
            throw new StreamFaultException(
                StreamFault.ForeignLedger, kept.Topic, -1, -1, 0, $"the kept progress is of ledger and epoch {kept.LedgerId}, and followed is {options.LedgerId}");
        }

        if (kept.Topic != options.EventsTopic || kept.Partitions.Count != count)
        {
            throw new StreamFaultException(
                StreamFault.ForeignProgress, options.EventsTopic, -1, -1, 0,
                $"the kept progress is of '{kept.Topic}' with {kept.Partitions.Count} partitions, and now there are {count}");
        }

    }

    // Records that were deleted by their age before they were read may have been checkpoints only: the next record tells.
    private async Task ReachAsync(KafkaReader reader, int partition, CancellationToken cancellation)
    {
        var follow = partitions[partition];
        var (low, high) = await reader.EndsAsync(options.EventsTopic, partition, cancellation);
        if (high < follow.Offset)
        {
            await faults.PassAsync(
                StreamFault.HistoryMissing, options.EventsTopic, partition, follow.Offset, follow.Last,
                $"the partition ends at offset {high}, and {follow.Offset} were read: it was made anew, or has lost records", cancellation);
            follow.Forget();
            follow.Offset = low;
        }
        else if (low > follow.Offset)
        {
            follow.Offset = low;
        }
    }

    private async Task FollowAsync(RecordFeed feed, ContentOpening opening, CancellationToken cancellation)
    {
        while (await ReadyAsync(feed, cancellation))
        {
            while (feed.Batches.TryRead(out var parsing))
            {
                using var batch = await parsing;
                await opening.PrepareAsync(batch.Parsed, cancellation);
                foreach (var record in batch.Parsed)
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (record.IsCheckpoint && record.Poison == PoisonReason.None)
                    {
                        await CheckpointAsync(record, cancellation);
                    }
                    else
                    {
                        await ApplyAsync(record, opening, cancellation);
                    }

                    partitions[record.Partition].Offset = record.Offset + 1;
                    isChanged = true;
                    if (++unsaved >= options.SaveEvery)
                    {
                        await SaveAsync(cancellation);
                    }
                }

                if (isChanged && time.GetElapsedTime(savedAt) >= options.SaveInterval)
                {
                    await SaveAsync(cancellation);
                }
            }
        }
    }

    private async ValueTask<bool> ReadyAsync(RecordFeed feed, CancellationToken cancellation)
    {
        try
        {
            return await feed.Batches.WaitToReadAsync(cancellation);
        }
        catch (KafkaException fault) when (fault.Error.Code is ErrorCode.OffsetOutOfRange or ErrorCode.Local_AutoOffsetReset)
        {
            throw new StreamFaultException(StreamFault.HistoryMissing, options.EventsTopic, -1, -1, 0, $"what stands there next was deleted before it was read: {fault.Error.Reason}");
        }
    }

    private async ValueTask ApplyAsync(ParsedRecord record, ContentOpening opening, CancellationToken cancellation)
    {
        var follow = partitions[record.Partition];
        if (record.HasPosition)
        {
            if (!await IsOwnAsync(record, cancellation) || record.Position <= follow.Last)
            {
                return;
            }

            if (follow.GapBefore(record) is { } gap)
            {
                await FaultAsync(StreamFault.Gap, record, gap, cancellation);
                follow.Forget();
            }
        }

        if (record.Poison == PoisonReason.None && seam?.Covers(record.Event, record.Position) != true)
        {
            await TellAsync(record, opening, cancellation);
        }
        else if (record.Poison != PoisonReason.None)
        {
            await handler.PoisonAsync(record.From.ToRecord(options.EventsTopic), record.Poison, cancellation);
        }

        if (record.HasPosition)
        {
            follow.Append(record);
        }
    }

    private async ValueTask TellAsync(ParsedRecord record, ContentOpening opening, CancellationToken cancellation)
    {
        var told = record.Event!;
        if (!opening.Open(told, ledgerId))
        {
            await handler.PoisonAsync(record.From.ToRecord(options.EventsTopic), PoisonReason.SealedContent, cancellation);
            return;
        }

        await handler.ApplyAsync(
            new StreamEvent(told, record.Position, ledgerId, record.Key, record.Partition, record.Offset), cancellation);
        opening.ForgetEnded(told);
        if (record.Position > applied)
        {
            Volatile.Write(ref applied, record.Position);
        }
    }

    private async ValueTask CheckpointAsync(ParsedRecord record, CancellationToken cancellation)
    {
        var (follow, checkpoint) = (partitions[record.Partition], record.Checkpoint!);
        if (!await IsOwnAsync(record, cancellation))
        {
            return;
        }

        if (record.Signature != StreamFault.None)
        {
            await FaultAsync(record.Signature, record, $"a checkpoint through {checkpoint.ThroughPosition}", cancellation);
        }
        else if (checkpoint.LedgerId != ledgerId)
        {
            await FaultAsync(StreamFault.ForeignLedger, record, $"the checkpoint is of ledger and epoch {checkpoint.LedgerId}, and followed is {ledgerId}", cancellation);
        }
        else if (checkpoint.Topic != options.EventsTopic || checkpoint.Partition != record.Partition)
        {
            await FaultAsync(StreamFault.MisplacedCheckpoint, record, $"it was made for '{checkpoint.Topic}' [{checkpoint.Partition}]", cancellation);
        }
        else if (!follow.IsOld(checkpoint))
        {
            if (follow.Verify(checkpoint, out var detail) is var fault and not StreamFault.None)
            {
                await FaultAsync(fault, record, detail, cancellation);
                follow.Believe(checkpoint);
            }

            Prove();
        }
    }

    private async ValueTask<bool> IsOwnAsync(ParsedRecord record, CancellationToken cancellation)
    {
        if (ledger.Length == 0)
        {
            Know(Encoding.ASCII.GetString(record.Ledger));
        }

        if (record.Ledger.AsSpan().SequenceEqual(ledger))
        {
            return true;
        }

        await FaultAsync(
            StreamFault.ForeignLedger, record, $"it is of ledger and epoch {Encoding.ASCII.GetString(record.Ledger)}, and followed is {ledgerId}", cancellation);
        return false;
    }

    private ValueTask FaultAsync(StreamFault fault, ParsedRecord record, string detail, CancellationToken cancellation) =>
        faults.PassAsync(fault, options.EventsTopic, record.Partition, record.Offset, record.Position, detail, cancellation);

    private void Know(string id)
    {
        if (id.Length == 0)
        {
            return;
        }

        ledger = Encoding.ASCII.GetBytes(id);
        Volatile.Write(ref ledgerId, id);
        for (var i = 0; i < partitions.Length; i++)
        {
            partitions[i].Begin(id, options.EventsTopic, i);
        }
    }

    private void Prove()
    {
        var least = long.MaxValue;
        foreach (var partition in partitions)
        {
            least = Math.Min(least, partition.VerifiedThrough);
        }

        Volatile.Write(ref verified, least);
    }

    private async ValueTask TrySaveAsync()
    {
        if (!isChanged)
        {
            return;
        }

        try
        {
            await SaveAsync(CancellationToken.None);
        }
#pragma warning disable CA1031 // The caller is being told of the first fault.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            handler.Interrupted($"progress was not saved: {fault.Message}");
        }
    }

    private async ValueTask SaveAsync(CancellationToken cancellation)
    {
        // Until the events have passed all that the snapshot held, only the snapshot itself can be repeated.
        if (ledger.Length == 0 || (seam is not null && verified < seam.Highest))
        {
            return;
        }

        seam = null;
        await store.WriteAsync(
            new StreamProgress(ledgerId, options.EventsTopic, Array.ConvertAll(partitions, p => p.ToProgress())), cancellation);
        (unsaved, isChanged, savedAt) = (0, false, time.GetTimestamp());
    }
}
