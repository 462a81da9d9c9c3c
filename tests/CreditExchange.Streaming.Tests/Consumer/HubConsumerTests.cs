using CreditExchange.Client;
using CreditExchange.Client.Streams.Following;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Streaming.Tests.Consumer;

/// <summary>The library against what the real hub's relay writes, with keys from the real hub.</summary>
public sealed class HubConsumerTests
{
    [Fact]
    public async Task A_newcomer_reads_the_state_then_follows_and_another_reads_all_events_once()
    {
        using var topics = new StreamTopics();
        await using var hub = await HubServer.StartAsync(null, null, topics.Setting);
        var updates = hub.Updates("platform");
        var company = await RelayTests.PublishAsync(hub, "company", TestListings.Company(1));
        var person = await RelayTests.PublishAsync(hub, "person", TestListings.Person(2));
        var gone = await RelayTests.PublishAsync(hub, "gone", TestListings.Person(3));
        // Sealed while it lived, ended when it is read.
        await topics.ReachAsync(gone.Position);
        var end = await RelayTests.EndAsync(hub, gone);
        await topics.ReachAsync(end.Position);

        var options = await StreamConsumerOptions.OfHubAsync(updates, topics.Kafka.BootstrapServers);
        var (heard, keys) = (new HeardStream(), new HubContentKeys(updates));
        var consumer = new StreamConsumer(options, heard, heard, keys);
        await HeardStream.RunUntilAsync(consumer, "the snapshot and what follows is proved", () => consumer.VerifiedThrough >= end.Position);
        Assert.Equal(
            new[] { company.ListingId, person.ListingId }.Order(), heard.State.Where(s => s.Contains('@', StringComparison.Ordinal)).Select(s => s.Split('@')[0]).Order());
        Assert.Empty(heard.Events);

        var next = await RelayTests.PublishAsync(hub, "next", TestListings.Person(4));
        var last = await RelayTests.EndAsync(hub, person);
        var again = new StreamConsumer(options, heard, heard, keys);
        await HeardStream.RunUntilAsync(again, "what follows is proved", () => again.VerifiedThrough >= last.Position);
        Assert.Equal([next.Position, last.Position], heard.Positions.Order());
        var opened = heard.Events.Single(e => e.Position == next.Position).Event;
        Assert.Equal((next.ListingId, next.ListCode, LedgerEvent.BodyOneofCase.Listing), (opened.Listing.ListingId, opened.Listing.ListCode, opened.BodyCase));
        Assert.Equal(ListingState.Ended, heard.Events.Single(e => e.Position == last.Position).Event.Listing.State);

        var whole = new HeardStream();
        var reader = new StreamConsumer(
            new StreamConsumerOptions { BootstrapServers = options.BootstrapServers, EventsTopic = options.EventsTopic, CheckpointKeys = options.CheckpointKeys },
            whole, whole, keys);
        await HeardStream.RunUntilAsync(reader, "all is proved", () => reader.VerifiedThrough >= last.Position);
        Assert.Equal(Enumerable.Range(1, (int)last.Position).Select(i => (long)i), whole.Positions.Order());
        var taken = whole.Events.Single(e => e.Position == gone.Position).Event;
        Assert.Equal(
            (Redaction.Ended, gone.ListingId, "", LedgerEvent.BodyOneofCase.Listing),
            (taken.Redaction, taken.Listing.ListingId, taken.Listing.ListCode, taken.BodyCase));
        Assert.Empty(whole.Poison);
        Assert.Empty(hub.Warnings);
    }

    [Fact]
    public async Task A_hub_that_is_away_is_a_source_to_ask_again_and_one_that_refuses_is_not()
    {
        using var nowhere = new CreditExchangeChannel(new CreditExchangeOptions { Address = new Uri("http://127.0.0.1:1") });
        await Assert.ThrowsAsync<ContentKeysUnavailableException>(() => new HubContentKeys(nowhere.Updates).GetAsync(["L1"], CancellationToken.None).AsTask());

        using var topics = new StreamTopics();
        await using var hub = await HubServer.StartAsync(null, null, topics.Setting);
        var foreign = new HubContentKeys(hub.Updates("hainan-approval"), "platform");
        var refusal = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => foreign.GetAsync(["L1"], CancellationToken.None).AsTask());
        Assert.Equal("STREAM_UNKNOWN", HubError.From(refusal)?.Reason);
    }
}
