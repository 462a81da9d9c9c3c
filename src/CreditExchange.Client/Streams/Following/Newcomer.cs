using System.Text;

namespace CreditExchange.Client.Streams.Following;

/// <summary>Starts without progress: the state topic to its ends, then a proved place in each partition of the events.</summary>
internal sealed class Newcomer(
    StreamConsumerOptions options, IStreamHandler handler, CheckpointKeys keys, ContentOpening opening, FaultGate faults, TimeProvider time)
{
    private const int ChunkSize = IContentKeySource.Most;
    private const long FirstLook = 64;
    /// <summary>Ledger and epoch of what was read; empty: nothing was.</summary>
    public string LedgerId { get; private set; } = options.LedgerId;

    /// <summary>Tells the handler the snapshot.</summary>
    public async Task<Seam> ReadStateAsync(CancellationToken cancellation)
    {
        using var reader = new KafkaReader(options, tellsEnds: true, handler.Interrupted, time);
        var partitions = await reader.PartitionsAsync(options.StateTopic, cancellation);
        var parser = new RecordParser(partitions, keys);
        // What is read later only holds more: the snapshot is complete up to the lowest word of the partitions' ends.
        var through = long.MaxValue;
        for (var i = 0; i < partitions; i++)
        {
            var newest = await FindCheckpointAsync(reader, parser, options.StateTopic, i, long.MaxValue, cancellation);
            through = Math.Min(through, newest?.Checkpoint!.ThroughPosition ?? 0);
        }

        var seam = new Seam(through);
        await handler.SnapshotBeginsAsync(cancellation);
        for (var i = 0; i < partitions; i++)
        {
            await ReadPartitionAsync(reader, parser, i, seam, cancellation);
        }

        await handler.SnapshotEndsAsync(through, cancellation);
        return seam;
    }

    /// <summary>Where to begin in the events: after the newest checkpoint that the snapshot includes, else at the first record.</summary>
    public async Task<PartitionFollow[]> FindStartsAsync(int partitions, long through, CancellationToken cancellation)
    {
        using var reader = new KafkaReader(options, tellsEnds: true, handler.Interrupted, time);
        var parser = new RecordParser(partitions, keys);
        var starts = new PartitionFollow[partitions];
        for (var i = 0; i < partitions; i++)
        {
            var newest = through == 0 ? null : await FindCheckpointAsync(reader, parser, options.EventsTopic, i, through, cancellation);
            var (low, _) = await reader.EndsAsync(options.EventsTopic, i, cancellation);
            if (newest is not null)
            {
                starts[i] = PartitionFollow.After(newest.Checkpoint!, newest.Offset + 1);
            }
            else if (low == 0)
            {
                starts[i] = PartitionFollow.AtBeginning();
            }
            else
            {
                await faults.PassAsync(
                    StreamFault.HistoryMissing, options.EventsTopic, i, low, 0,
                    $"the first record stands at offset {low}, and no checkpoint up to position {through} is there to start from", cancellation);
                starts[i] = PartitionFollow.AtUnknown(low);
            }
        }

        return starts;
    }

    // The newest that goes no further than a position, looked for from the end.
    private async Task<ParsedRecord?> FindCheckpointAsync(
        KafkaReader reader, RecordParser parser, string topic, int partition, long most, CancellationToken cancellation)
    {
        var (low, high) = await reader.EndsAsync(topic, partition, cancellation);
        ParsedRecord? newest = null;
        for (var length = FirstLook; newest is null && high > low; length *= 16)
        {
            var from = Math.Max(low, high - length);
            await reader.ReadToEndAsync(
                topic,
                partition,
                from,
                record =>
                {
                    if (IsCheckpoint(record) && parser.Parse(record) is { Poison: PoisonReason.None, Signature: StreamFault.None, Checkpoint: { } checkpoint } parsed
                        && checkpoint.ThroughPosition <= most && checkpoint.ThroughPosition >= (newest?.Checkpoint!.ThroughPosition ?? 0)
                        && checkpoint.Topic == topic && checkpoint.Partition == partition
                        && (LedgerId.Length == 0 || checkpoint.LedgerId == LedgerId))
                    {
                        LedgerId = checkpoint.LedgerId;
                        newest = parsed;
                    }
                },
                cancellation);
            if (from == low)
            {
                break;
            }
        }

        return newest;
    }

    private async Task ReadPartitionAsync(KafkaReader reader, RecordParser parser, int partition, Seam seam, CancellationToken cancellation)
    {
        var newest = new Dictionary<string, (ParsedRecord Parsed, StreamRecord? Record)>();
        List<(ParsedRecord Parsed, StreamRecord? Record)> others = [];
        var (low, _) = await reader.EndsAsync(options.StateTopic, partition, cancellation);
        await reader.ReadToEndAsync(
            options.StateTopic,
            partition,
            low,
            record =>
            {
                var key = Encoding.ASCII.GetString(record.Key);
                var parsed = parser.Parse(record);
                // A relay that was paused may write again, behind it, what came before: also behind a tombstone.
                if (newest.TryGetValue(key, out var known) && known.Parsed.Position > parsed.Position)
                {
                    return;
                }

                // What may have to be handed out as it stood.
                var isKept = (parsed.Poison != PoisonReason.None && !IsTombstone(parsed)) || parsed.Event?.SealedListing is not null;
                var item = (parsed, isKept ? record.ToRecord(options.StateTopic) : null);
                if (key.Length == 0)
                {
                    others.Add(item);
                }
                else
                {
                    newest[key] = item;
                }
            },
            cancellation);

        var chunk = new List<(ParsedRecord Parsed, StreamRecord? Record)>(ChunkSize);
        foreach (var item in others.Concat(newest.Values))
        {
            if (IsTombstone(item.Parsed))
            {
                continue;
            }

            if (item.Parsed.Poison != PoisonReason.None)
            {
                await handler.PoisonAsync(item.Record!, item.Parsed.Poison, cancellation);
            }
            else if (await IsOwnAsync(item.Parsed, partition, cancellation) && !item.Parsed.IsCheckpoint)
            {
                chunk.Add(item);
                if (chunk.Count == ChunkSize)
                {
                    await TellAsync(chunk, seam, cancellation);
                }
            }
        }

        await TellAsync(chunk, seam, cancellation);
    }

    private async Task TellAsync(List<(ParsedRecord Parsed, StreamRecord? Record)> chunk, Seam seam, CancellationToken cancellation)
    {
        await opening.PrepareAsync(chunk.ConvertAll(c => c.Parsed), cancellation);
        foreach (var (parsed, record) in chunk)
        {
            if (!opening.Open(parsed.Event!, LedgerId))
            {
                await handler.PoisonAsync(record!, PoisonReason.SealedContent, cancellation);
                continue;
            }

            if (parsed.Position > seam.Through)
            {
                seam.Add(Encoding.ASCII.GetString(parsed.Key), parsed.Position);
            }

            await handler.ApplyStateAsync(
                new StreamEvent(parsed.Event!, parsed.Position, LedgerId, parsed.Key, parsed.Partition, parsed.Offset), cancellation);
        }

        chunk.Clear();
    }

    private async ValueTask<bool> IsOwnAsync(ParsedRecord record, int partition, CancellationToken cancellation)
    {
        var ledger = Encoding.ASCII.GetString(record.Ledger);
        LedgerId = LedgerId.Length > 0 ? LedgerId : ledger;
        var (fault, detail) = (StreamFault.None, "");
        if (ledger != LedgerId || (record.Checkpoint is { } other && other.LedgerId != LedgerId))
        {
            (fault, detail) = (StreamFault.ForeignLedger, $"it is of ledger and epoch {ledger}, and followed is {LedgerId}");
        }
        else if (record.Checkpoint is { } checkpoint)
        {
            (fault, detail) = record.Signature != StreamFault.None ? (record.Signature, "the state's checkpoint")
                : checkpoint.Topic != options.StateTopic || checkpoint.Partition != partition
                    ? (StreamFault.MisplacedCheckpoint, $"it was made for '{checkpoint.Topic}' [{checkpoint.Partition}]")
                : (StreamFault.None, "");
        }

        if (fault == StreamFault.None)
        {
            return true;
        }

        await faults.PassAsync(fault, options.StateTopic, partition, record.Offset, record.Position, detail, cancellation);
        return false;
    }

    private static bool IsTombstone(ParsedRecord record) => record is { HasPosition: true, IsCheckpoint: false, HasValue: false };

    private static bool IsCheckpoint(RawRecord record)
    {
        var headers = record.Headers;
        for (var i = 0; RawRecord.TryHeader(headers, i, out var name, out var value); i++)
        {
            if (name.SequenceEqual("kind"u8))
            {
                return value.SequenceEqual("CHECKPOINT"u8);
            }
        }

        return false;
    }
}
