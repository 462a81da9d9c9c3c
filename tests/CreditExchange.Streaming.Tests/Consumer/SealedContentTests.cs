using System.Security.Cryptography;
using CreditExchange.Client.Streams;
using CreditExchange.Client.Streams.Following;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;

namespace CreditExchange.Streaming.Tests.Consumer;

public sealed class SealedContentTests : IDisposable
{
    private readonly TestKafka kafka = new(1);
    private readonly WrittenStream stream;
    private readonly HeardStream heard = new();
    private readonly Keys keys = new();

    public SealedContentTests() => stream = new WrittenStream(kafka, 1);

    [Fact]
    public async Task Sealed_content_is_opened_with_its_listings_key_which_is_asked_for_once()
    {
        Write(1, "L1");
        Write(2, "L2");
        Write(3, "L1");
        await ProvedAsync(3);
        Assert.All(heard.Events, e => Assert.Equal(
            ($"海南样例{e.Position}有限公司", "the reason", "hainan-high-court", LedgerEvent.BodyOneofCase.Listing),
            (e.Event.Listing.SubjectName, e.Event.Reason, e.Event.Actor, e.Event.BodyCase)));
        Assert.Equal(["L1", "L2"], keys.Asked.SelectMany(ids => ids).Order());
    }

    [Fact]
    public async Task An_ended_listings_event_is_told_without_content()
    {
        Write(1, "L1");
        Write(2, "L2");
        keys.Ended.Add("L1");
        await ProvedAsync(2);
        var ended = heard.Events.First().Event;
        Assert.Equal(
            new LedgerEvent
            {
                Position = 1,
                Kind = EventKind.Published,
                Redaction = Redaction.Ended,
                Commitment = ended.Commitment,
                Listing = new Listing { ListingId = "L1", Revision = 1, SubjectToken = new SubjectToken { Audience = "shop" } },
            },
            ended);
        Assert.Equal("海南样例2有限公司", heard.Events.Last().Event.Listing.SubjectName);
    }

    [Fact]
    public async Task A_source_that_is_away_is_waited_for_and_no_event_is_skipped()
    {
        Write(1, "L1");
        keys.AwayFor = 3;
        await ProvedAsync(1);
        Assert.Equal("海南样例1有限公司", heard.Events.Single().Event.Listing.SubjectName);
        Assert.Equal(3, heard.Interruptions.Count(i => i.Contains("the source is away", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_key_is_forgotten_with_the_listings_end()
    {
        Write(1, "L1");
        stream.Checkpoint(1);
        stream.Flush();
        var consumer = new StreamConsumer(stream.Options(), heard, heard, keys);
        using var stop = new CancellationTokenSource();
        var running = Task.Run(() => consumer.RunAsync(stop.Token));
        await Eventually.HoldsAsync("the first", () => running.IsCompleted || consumer.VerifiedThrough == 1);
        Write(2, "L1");
        stream.Flush();
        await Eventually.HoldsAsync("the second", () => running.IsCompleted || heard.Events.Count == 2);
        Assert.Single(keys.Asked);

        var end = WrittenStream.Told(3, "L1", EventKind.Ended, 2);
        end.Listing = new Listing { ListingId = "L1", Revision = 2, State = ListingState.Ended };
        stream.Write(stream.KeyIn(0), end);
        stream.Flush();
        await Eventually.HoldsAsync("the end", () => running.IsCompleted || heard.Events.Count == 3);
        // Whatever comes of it later stays closed, though the same consumer had its key.
        keys.Ended.Add("L1");
        Write(4, "L1");
        stream.Flush();
        await Eventually.HoldsAsync("what comes later", () => running.IsCompleted || heard.Events.Count == 4);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal([Redaction.Unspecified, Redaction.Unspecified, Redaction.Unspecified, Redaction.Ended], heard.Events.Select(e => e.Event.Redaction));
        Assert.Equal(2, keys.Asked.Count);
    }

    [Fact]
    public async Task Keys_are_asked_for_at_most_a_thousand_at_once_and_also_for_a_snapshot()
    {
        for (var position = 1; position <= 2_300; position++)
        {
            Write(position, $"L{position}");
        }

        stream.Checkpoint(2_300, WrittenStream.State);
        stream.Write("L7", Sealed(2_301, "L7"), WrittenStream.State);
        await ProvedAsync(2_300);
        Assert.Equal(2_300, heard.Events.Count(e => e.Event.Listing?.SubjectName.Length > 0));
        Assert.All(keys.Asked, ids => Assert.InRange(ids.Count, 1, 1_000));
        Assert.Equal(2_300, keys.Asked.Sum(ids => ids.Count));

        var newcomer = new HeardStream();
        var consumer = new StreamConsumer(stream.Options(WrittenStream.State), newcomer, newcomer, keys);
        await HeardStream.RunUntilAsync(consumer, "the snapshot", () => newcomer.State.Contains("end 2300"));
        Assert.Contains("L7@2301 海南样例2301有限公司", newcomer.State);
    }

    [Fact]
    public async Task Content_that_its_key_does_not_open_is_poison_and_stops_nothing()
    {
        var other = WrittenStream.Told(1, "L1");
        SealedContent.Seal(other, WrittenStream.Ledger, RandomNumberGenerator.GetBytes(32));
        stream.Write(stream.KeyIn(0), other);
        Write(2, "L2");
        await ProvedAsync(2);
        Assert.Equal([2], heard.Positions);
        Assert.Equal([PoisonReason.SealedContent], heard.Poison.Select(p => p.Reason));
    }

    [Fact]
    public async Task Without_a_source_sealed_events_are_told_as_they_stand()
    {
        Write(1, "L1");
        stream.Checkpoint(1);
        stream.Flush();
        var consumer = new StreamConsumer(stream.Options(), heard, heard);
        await HeardStream.RunUntilAsync(consumer, "all is proved", () => consumer.VerifiedThrough == 1);
        Assert.Equal("L1", heard.Events.Single().Event.SealedListing.ListingId);
    }

    [Fact]
    public void Sealed_content_opens_under_its_position_and_ledger_only_and_keeps_newer_fields()
    {
        var key = Keys.Of("L1");
        var told = Sealed(1, "L1");
        Assert.Equal("the reason", SealedContent.Open(told, WrittenStream.Ledger, key).Reason);
        Assert.ThrowsAny<CryptographicException>(() => SealedContent.Open(told, "7f3a9c.2", key));
        var moved = told.Clone();
        moved.Position = 2;
        Assert.ThrowsAny<CryptographicException>(() => SealedContent.Open(moved, WrittenStream.Ledger, key));
        Assert.ThrowsAny<CryptographicException>(() => SealedContent.Open(told, WrittenStream.Ledger, Keys.Of("L2")));
        var truncated = told.Clone();
        truncated.SealedListing.Content = ByteString.CopyFrom(new byte[15]);
        Assert.ThrowsAny<CryptographicException>(() => SealedContent.Open(truncated, WrittenStream.Ledger, key));

        var newer = WrittenStream.Told(1, "L1");
        newer.Listing = Listing.Parser.ParseFrom([.. newer.Listing.ToByteArray(), 0xc2, 0x3e, 1, (byte)'n']);
        var size = newer.Listing.CalculateSize();
        SealedContent.Seal(newer, WrittenStream.Ledger, key);
        Assert.Equal(size, SealedContent.Open(newer, WrittenStream.Ledger, key).Listing.CalculateSize());
    }

    public void Dispose()
    {
        stream.Dispose();
        kafka.Dispose();
    }

    private void Write(long position, string listing) => stream.Write(stream.KeyIn(0), Sealed(position, listing));

    private static LedgerEvent Sealed(long position, string listing)
    {
        var told = WrittenStream.Told(position, listing);
        told.Listing.SubjectToken = new SubjectToken { Audience = "shop" };
        told.Reason = "the reason";
        SealedContent.Seal(told, WrittenStream.Ledger, Keys.Of(listing));
        return told;
    }

    private async Task ProvedAsync(long position)
    {
        stream.Checkpoint(position);
        stream.Flush();
        var consumer = new StreamConsumer(stream.Options(), heard, heard, keys);
        await HeardStream.RunUntilAsync(consumer, "all is proved", () => consumer.VerifiedThrough == position);
    }

    private sealed class Keys : IContentKeySource
    {
        public List<IReadOnlyList<string>> Asked { get; } = [];

        public HashSet<string> Ended { get; } = [];

        public int AwayFor { get; set; }

        public static byte[] Of(string listing) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(listing));

        public ValueTask<IReadOnlyList<byte[]?>> GetAsync(IReadOnlyList<string> listingIds, CancellationToken cancellation)
        {
            if (AwayFor-- > 0)
            {
                throw new ContentKeysUnavailableException("the source is away");
            }

            Asked.Add(listingIds);
            return ValueTask.FromResult<IReadOnlyList<byte[]?>>([.. listingIds.Select(id => Ended.Contains(id) ? null : Of(id))]);
        }
    }
}
