using System.Security.Cryptography;
using CreditExchange.Client.Streams.Following;
using CreditExchange.TestKit;
using Google.Protobuf;

namespace CreditExchange.Streaming.Tests.Consumer;

public sealed class FaultTests : IDisposable
{
    private readonly TestKafka kafka = new(1);
    private readonly WrittenStream stream;
    private readonly HeardStream heard = new();
    private readonly string key;

    public FaultTests()
    {
        stream = new WrittenStream(kafka, 1);
        key = stream.KeyIn(0);
        stream.Write(key, WrittenStream.Told(1, "L1"));
    }

    [Fact]
    public async Task A_missing_position_is_refused_at_the_record_after_it()
    {
        stream.Lose(key, 2);
        stream.Write(key, WrittenStream.Told(3, "L3"));
        await RefusedAsync(StreamFault.Gap, 1, 3, "position 2 stands before it");
    }

    [Fact]
    public async Task A_missing_last_position_is_refused_at_the_checkpoint()
    {
        stream.Lose(key, 2);
        stream.Checkpoint(2);
        await RefusedAsync(StreamFault.Gap, 1, 2, "ends with position 2");
    }

    [Fact]
    public async Task Another_commitment_than_the_checkpoint_has_is_refused()
    {
        var told = WrittenStream.Told(2, "L2");
        told.Commitment = ByteString.CopyFrom(SHA256.HashData("another"u8));
        stream.Send(WrittenStream.Events, 0, key, told.ToByteArray(), WrittenStream.HeadersOf(told, 1));
        stream.Lose(key, 2);
        stream.Checkpoint(2);
        await RefusedAsync(StreamFault.DigestMismatch, 2, 2, "2 positions", applied: [1, 2]);
    }

    [Fact]
    public async Task A_record_of_another_ledger_or_epoch_is_refused()
    {
        var told = WrittenStream.Told(2, "L2");
        stream.Send(WrittenStream.Events, 0, key, told.ToByteArray(), WrittenStream.HeadersOf(told, 1, "7f3a9c.2"));
        await RefusedAsync(StreamFault.ForeignLedger, 1, 2, "7f3a9c.2");
    }

    [Fact]
    public async Task A_checkpoint_of_another_ledger_is_refused_though_its_header_says_otherwise()
    {
        var checkpoint = stream.MakeCheckpoint(0, 1);
        checkpoint.LedgerId = "7f3a9c.2";
        stream.Checkpoint(0, checkpoint);
        await RefusedAsync(StreamFault.ForeignLedger, 1, 1, "7f3a9c.2");
    }

    [Fact]
    public async Task A_checkpoint_by_a_key_that_nobody_gave_is_refused()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        stream.Checkpoint(0, stream.MakeCheckpoint(0, 1), key: stranger);
        await RefusedAsync(StreamFault.UnknownCheckpointKey, 1, 1, "through 1");
    }

    [Fact]
    public async Task A_checkpoint_that_was_changed_after_it_was_signed_is_refused()
    {
        var changed = stream.MakeCheckpoint(0, 1);
        changed.RelayEpoch++;
        stream.Checkpoint(0, stream.MakeCheckpoint(0, 1), signed => signed.Checkpoint = changed.ToByteString());
        await RefusedAsync(StreamFault.BadSignature, 1, 1, "through 1");
    }

    [Fact]
    public async Task A_checkpoint_of_another_partition_is_refused()
    {
        var other = stream.MakeCheckpoint(0, 1);
        other.Partition = 1;
        stream.Checkpoint(0, other);
        await RefusedAsync(StreamFault.MisplacedCheckpoint, 1, 1, "[1]");
    }

    [Fact]
    public async Task Who_goes_on_after_a_gap_gets_what_follows_and_the_next_checkpoint_is_believed()
    {
        stream.Lose(key, 2);
        stream.Write(key, WrittenStream.Told(3, "L3"));
        stream.Checkpoint(3);
        stream.Write(key, WrittenStream.Told(4, "L4"));
        stream.Checkpoint(4);
        stream.Flush();
        var lenient = new HeardStream { GoesOn = true };
        var consumer = new StreamConsumer(stream.Options(), lenient, lenient);
        await HeardStream.RunUntilAsync(consumer, "all is proved", () => consumer.VerifiedThrough == 4);
        Assert.Equal([1, 3, 4], lenient.Positions);
        Assert.Equal([StreamFault.Gap], lenient.Faults.Select(f => f.Fault));
    }

    [Fact]
    public async Task Progress_beyond_the_end_of_the_topic_or_of_another_stream_is_refused()
    {
        stream.Flush();
        heard.Progress = new StreamProgress(WrittenStream.Ledger, WrittenStream.Events, [new PartitionProgress(9, 9, 9, new byte[32], 9)]);
        Assert.Equal(StreamFault.HistoryMissing, (await HeardStream.RefusedAsync(Consumer())).Fault);
        heard.Progress = heard.Progress with { LedgerId = "7f3a9c.0" };
        Assert.Equal(StreamFault.ForeignLedger, (await HeardStream.RefusedAsync(Consumer())).Fault);
        heard.Progress = heard.Progress with { LedgerId = WrittenStream.Ledger, Topic = "another" };
        Assert.Equal(StreamFault.ForeignProgress, (await HeardStream.RefusedAsync(Consumer())).Fault);
    }

    public void Dispose()
    {
        stream.Dispose();
        kafka.Dispose();
    }

    private StreamConsumer Consumer() => new(stream.Options(), heard, heard);

    private async Task RefusedAsync(StreamFault fault, long offset, long position, string says, params long[] applied)
    {
        stream.Flush();
        var refusal = await HeardStream.RefusedAsync(Consumer());
        Assert.Equal((fault, WrittenStream.Events, 0, offset, position), (refusal.Fault, refusal.Topic, refusal.Partition, refusal.Offset, refusal.Position));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(applied.Length > 0 ? applied : [1], heard.Positions);
        // What was applied before is kept, and the fault stays where it is.
        Assert.Equal(offset, heard.Progress!.Partitions[0].Offset);
        Assert.Equal(fault, (await HeardStream.RefusedAsync(Consumer())).Fault);
        Assert.Equal(applied.Length > 0 ? applied : [1], heard.Positions);
    }
}
