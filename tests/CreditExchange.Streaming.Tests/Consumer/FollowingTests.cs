using CreditExchange.Client.Streams;
using CreditExchange.Client.Streams.Following;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Streaming.Tests.Consumer;

public sealed class FollowingTests : IDisposable
{
    private readonly TestKafka kafka = new(1);
    private readonly WrittenStream stream;
    private readonly HeardStream heard = new();

    public FollowingTests() => stream = new WrittenStream(kafka);

    [Fact]
    public async Task Positions_come_once_in_order_and_what_is_repeated_is_dropped()
    {
        var (first, second) = (stream.KeyIn(0), stream.KeyIn(1));
        for (var position = 1; position <= 60; position++)
        {
            stream.Write(position % 3 == 0 ? first : second, WrittenStream.Told(position, $"L{position}"));
        }

        stream.Checkpoint(60);
        // A relay that was paused writes again what another one wrote, and its checkpoint.
        stream.Send(WrittenStream.Events, 0, first, WrittenStream.Told(57, "L57").ToByteArray(), WrittenStream.HeadersOf(WrittenStream.Told(57, "L57"), 54));
        stream.Send(WrittenStream.Events, 0, first, WrittenStream.Told(60, "L60").ToByteArray(), WrittenStream.HeadersOf(WrittenStream.Told(60, "L60"), 57));
        stream.Write(first, WrittenStream.Told(61, "L61"));
        stream.Checkpoint(61);
        stream.Flush();

        var consumer = new StreamConsumer(stream.Options(), heard, heard);
        await HeardStream.RunUntilAsync(consumer, "all is proved", () => consumer.VerifiedThrough == 61);
        Assert.Equal(Enumerable.Range(1, 61).Select(i => (long)i), heard.Positions.Order());
        foreach (var partition in heard.Events.GroupBy(e => e.Partition))
        {
            Assert.Equal(partition.Select(e => e.Position).Order(), partition.Select(e => e.Position));
        }

        Assert.Equal((first, "L61", WrittenStream.Ledger), heard.Events.Where(e => e.Position == 61).Select(e => (e.KeyText, e.Event.Listing.ListingId, e.LedgerId)).Single());
        Assert.Equal((61L, WrittenStream.Ledger), (consumer.Position, consumer.LedgerId));
        Assert.Empty(heard.Poison);
    }

    [Fact]
    public async Task Nothing_is_proved_beyond_what_every_partition_has_a_checkpoint_for()
    {
        stream.Write(stream.KeyIn(0), WrittenStream.Told(1, "L1"));
        stream.Checkpoint(1);
        stream.Write(stream.KeyIn(0), WrittenStream.Told(2, "L2"));
        stream.Checkpoint(0, stream.MakeCheckpoint(0, 2));
        stream.Flush();
        var consumer = new StreamConsumer(stream.Options(), heard, heard);
        await HeardStream.RunUntilAsync(consumer, "the first checkpoints", () => consumer.VerifiedThrough > 0 && heard.Events.Count == 2);
        Assert.Equal(1, consumer.VerifiedThrough);
    }

    [Fact]
    public async Task The_checkpoint_of_a_relay_that_was_paused_says_nothing_new()
    {
        var key = stream.KeyIn(0);
        stream.Write(key, WrittenStream.Told(1, "L1"));
        var old = stream.MakeCheckpoint(0, 1);
        stream.Write(key, WrittenStream.Told(2, "L2"));
        // Once before and once after the newer one.
        stream.Checkpoint(0, old);
        stream.Checkpoint(2);
        stream.Checkpoint(0, old);
        stream.Write(key, WrittenStream.Told(3, "L3"));
        stream.Checkpoint(3);
        stream.Flush();
        var consumer = new StreamConsumer(stream.Options(), heard, heard);
        await HeardStream.RunUntilAsync(consumer, "all is proved", () => consumer.VerifiedThrough == 3);
        Assert.Equal([1, 2, 3], heard.Positions);
    }

    [Fact]
    public async Task Fields_headers_and_kinds_of_a_newer_contract_are_kept_and_disturb_nothing()
    {
        var key = stream.KeyIn(0);
        var told = WrittenStream.Told(1, "L1");
        told.Kind = (EventKind)4711;
        var newer = told.ToByteArray().Concat(NewField("from tomorrow")).ToArray();
        var headers = WrittenStream.HeadersOf(told, 0);
        headers.Add("invented_later", "x"u8.ToArray());
        stream.Send(WrittenStream.Events, 0, key, newer, headers);
        stream.Lose(key, 1);
        stream.Checkpoint(1);
        stream.Flush();
        var consumer = new StreamConsumer(stream.Options(), heard, heard);
        await HeardStream.RunUntilAsync(consumer, "all is proved", () => consumer.VerifiedThrough == 1);
        var got = heard.Events.Single().Event;
        Assert.Equal((EventKind)4711, got.Kind);
        Assert.Equal(newer.Length, got.CalculateSize());
        Assert.NotEqual(-1, got.ToByteArray().AsSpan().IndexOf("from tomorrow"u8));
    }

    [InjectedFaultsFact]
    public async Task Brokers_that_go_down_interrupt_and_lose_and_repeat_nothing()
    {
        var key = stream.KeyIn(0);
        stream.Write(key, WrittenStream.Told(1, "L1"));
        stream.Flush();
        var step = 0;
        var consumer = new StreamConsumer(stream.Options(), heard, heard);
        await HeardStream.RunUntilAsync(consumer, "all is proved", () => Down() && consumer.VerifiedThrough == 3);
        Assert.Equal([1, 2, 3], heard.Positions);
        Assert.NotEmpty(heard.Interruptions);

        bool Down()
        {
            if (step == 0 && heard.Events.Count == 1)
            {
                kafka.SetAll(up: false);
                stream.Write(key, WrittenStream.Told(2, "L2"));
                step = 1;
            }
            else if (step == 1 && !heard.Interruptions.IsEmpty)
            {
                kafka.SetAll(up: true);
                stream.Write(key, WrittenStream.Told(3, "L3"));
                stream.Checkpoint(3);
                step = 2;
            }

            return step == 2;
        }
    }

    [Fact]
    public async Task Records_that_nobody_understands_are_handed_out_with_their_reason_and_stop_nothing()
    {
        var (key, other) = (stream.KeyIn(0), stream.KeyIn(1));
        var told = WrittenStream.Told(1, "L1");
        stream.Write(key, told);
        var incomplete = WrittenStream.HeadersOf(WrittenStream.Told(2, "L2"), 1);
        incomplete.Remove(StreamHeaders.Commitment);
        stream.Send(WrittenStream.Events, 0, key, told.ToByteArray(), incomplete);
        stream.Send(WrittenStream.Events, 0, key, "no headers at all"u8.ToArray(), new Confluent.Kafka.Headers());
        var crooked = WrittenStream.HeadersOf(WrittenStream.Told(2, "L2"), 1);
        crooked.Remove(StreamHeaders.Position);
        crooked.Add(StreamHeaders.Position, "+2"u8.ToArray());
        stream.Send(WrittenStream.Events, 0, key, told.ToByteArray(), crooked);
        stream.Send(WrittenStream.Events, 0, other, WrittenStream.Told(2, "L2").ToByteArray(), WrittenStream.HeadersOf(WrittenStream.Told(2, "L2"), 1));
        stream.Send(WrittenStream.Events, 0, null, WrittenStream.Told(2, "L2").ToByteArray(), WrittenStream.HeadersOf(WrittenStream.Told(2, "L2"), 1));

        // These hold a place: only their content is not understood.
        stream.Send(WrittenStream.Events, 0, key, [0xff, 0xff], WrittenStream.HeadersOf(WrittenStream.Told(2, "L2"), 1));
        stream.Lose(key, 2);
        stream.Send(WrittenStream.Events, 0, key, null, WrittenStream.HeadersOf(WrittenStream.Told(3, "L3"), 2));
        stream.Lose(key, 3);
        stream.Send(WrittenStream.Events, 0, key, told.ToByteArray(), WrittenStream.HeadersOf(WrittenStream.Told(4, "L4"), 3));
        stream.Lose(key, 4);
        var foreign = WrittenStream.HeadersOf(WrittenStream.Told(5, "L5"), 4);
        foreign.Remove(StreamHeaders.Schema);
        foreign.Add(StreamHeaders.Schema, "some.other.Message"u8.ToArray());
        stream.Send(WrittenStream.Events, 0, key, told.ToByteArray(), foreign);
        stream.Lose(key, 5);
        stream.Write(key, WrittenStream.Told(6, "L6"));
        stream.Checkpoint(6);
        stream.Flush();

        var consumer = new StreamConsumer(stream.Options(), heard, heard);
        await HeardStream.RunUntilAsync(consumer, "all is proved", () => consumer.VerifiedThrough == 6);
        Assert.Equal([1, 6], heard.Positions);
        Assert.Equal(
            [
                PoisonReason.Headers, PoisonReason.Headers, PoisonReason.Headers, PoisonReason.Partition, PoisonReason.Partition,
                PoisonReason.Value, PoisonReason.Value, PoisonReason.Contradiction, PoisonReason.Schema,
            ],
            heard.Poison.Select(p => p.Reason));
        var first = heard.Poison.First().Record;
        Assert.Equal((WrittenStream.Events, 0, 1L, "2"), (first.Topic, first.Partition, first.Offset, first.Header(StreamHeaders.Position)));
        Assert.Null(first.Header(StreamHeaders.Commitment));
        Assert.Equal(told.ToByteArray(), first.Value);
    }

    public void Dispose()
    {
        stream.Dispose();
        kafka.Dispose();
    }

    // Field 1000, a text.
    private static byte[] NewField(string text)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes))
        {
            output.WriteTag(1000, WireFormat.WireType.LengthDelimited);
            output.WriteString(text);
        }

        return bytes.ToArray();
    }
}
