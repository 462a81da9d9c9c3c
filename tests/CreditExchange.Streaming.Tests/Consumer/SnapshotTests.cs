using CreditExchange.Client.Streams.Following;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Streaming.Tests.Consumer;

public sealed class SnapshotTests : IDisposable
{
    private readonly TestKafka kafka = new(1);
    private readonly WrittenStream stream;
    private readonly HeardStream heard = new();

    public SnapshotTests() => stream = new WrittenStream(kafka);

    [Fact]
    public async Task A_newcomer_gets_each_listings_newest_state_and_then_the_events_after_it()
    {
        for (var position = 1; position <= 20; position++)
        {
            Both(position, $"L{position % 7}");
            if (position == 10)
            {
                Checkpoints(10);
            }
        }

        // L3 is final.
        Both(21, "L3", isFinal: true);
        // A relay that was paused writes again what came before: behind the newest state of L2 and behind the end of L3.
        foreach (var (position, listing) in new[] { (9L, "L2"), (17L, "L3") })
        {
            var old = WrittenStream.Told(position, listing);
            stream.Send(
                WrittenStream.State, stream.PartitionOf(listing), listing, Google.Protobuf.MessageExtensions.ToByteArray(old), WrittenStream.HeadersOf(old, 0));
        }

        Checkpoints(21);
        // Behind the last checkpoint of the state: one listing changes again and a new one comes.
        Both(22, "L1");
        Both(23, "L9");
        stream.Checkpoint(23);
        stream.Flush();

        var consumer = new StreamConsumer(stream.Options(WrittenStream.State), heard, heard);
        await HeardStream.RunUntilAsync(consumer, "all is proved", () => consumer.VerifiedThrough == 23);
        var state = heard.State.ToArray();
        Assert.Equal(("begin", "end 21"), (state[0], state[^1]));
        Assert.Equal(
            ["L0@14", "L1@22", "L2@16", "L4@18", "L5@19", "L6@20", "L9@23"], state[1..^1].Select(s => s.Split(' ')[0]).Order());
        // What the state held already is not told as an event.
        Assert.Empty(heard.Events);
        Assert.NotNull(heard.Progress);

        Both(24, "L1");
        Checkpoints(24);
        stream.Flush();
        var again = new StreamConsumer(stream.Options(WrittenStream.State), heard, heard);
        await HeardStream.RunUntilAsync(again, "all is proved", () => again.VerifiedThrough == 24);
        Assert.Equal([24], heard.Positions);
        Assert.Equal(state, heard.State);
    }

    [Fact]
    public async Task Events_after_the_snapshot_come_in_order_and_those_that_change_no_listing_too()
    {
        Both(1, "L1");
        Checkpoints(1);
        Both(2, "L2");
        // Only in the events: not about a listing's state.
        var link = new LedgerEvent { Position = 3, Kind = EventKind.SubjectLinked, Commitment = WrittenStream.Told(3, "x").Commitment };
        stream.Write(stream.KeyIn(0), link);
        stream.Checkpoint(3);
        stream.Flush();
        var consumer = new StreamConsumer(stream.Options(WrittenStream.State, ledgerId: ""), heard, heard);
        await HeardStream.RunUntilAsync(consumer, "all is proved", () => consumer.VerifiedThrough == 3);
        Assert.Equal(["L1@1", "L2@2"], heard.State.ToArray()[1..^1].Select(s => s.Split(' ')[0]).Order());
        Assert.Equal([3], heard.Positions);
        Assert.Equal(WrittenStream.Ledger, consumer.LedgerId);
    }

    [Fact]
    public async Task A_snapshot_that_broke_off_is_made_again_from_its_beginning()
    {
        Both(1, "L1");
        Both(2, "L2");
        Checkpoints(2);
        Both(3, "L1");
        // The events go no further than the snapshot's end is proved.
        stream.Flush();
        var consumer = new StreamConsumer(stream.Options(WrittenStream.State), heard, heard);
        await HeardStream.RunUntilAsync(consumer, "the events are reached", () => heard.State.Contains("end 2") && consumer.VerifiedThrough == 2);
        Assert.Null(heard.Progress);
        stream.Checkpoint(3);
        stream.Flush();
        var again = new StreamConsumer(stream.Options(WrittenStream.State), heard, heard);
        await HeardStream.RunUntilAsync(again, "all is proved", () => again.VerifiedThrough == 3);
        Assert.Equal(2, heard.State.Count(s => s == "begin"));
        Assert.NotNull(heard.Progress);
        Assert.Empty(heard.Events);
    }

    [Fact]
    public async Task A_state_topic_of_another_ledger_is_refused()
    {
        var told = WrittenStream.Told(1, "L1");
        stream.Send(
            WrittenStream.State, stream.PartitionOf("L1"), "L1", Google.Protobuf.MessageExtensions.ToByteArray(told), WrittenStream.HeadersOf(told, 0, "7f3a9c.2"));
        stream.Flush();
        var refusal = await HeardStream.RefusedAsync(new StreamConsumer(stream.Options(WrittenStream.State), heard, heard));
        Assert.Equal((StreamFault.ForeignLedger, WrittenStream.State), (refusal.Fault, refusal.Topic));
        Assert.Null(heard.Progress);
    }

    public void Dispose()
    {
        stream.Dispose();
        kafka.Dispose();
    }

    private void Both(long position, string listing, bool isFinal = false)
    {
        var told = WrittenStream.Told(position, listing, isFinal ? EventKind.Ended : EventKind.Amended, position);
        stream.Write(stream.KeyIn((int)position % 2), told);
        stream.Write(listing, told, WrittenStream.State, isTombstone: isFinal);
    }

    private void Checkpoints(long through)
    {
        stream.Checkpoint(through);
        stream.Checkpoint(through, WrittenStream.State);
    }
}
