using System.Text;
using CreditExchange.Client.Streams;
using CreditExchange.Domain.Samples;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Streaming.Tests;

public sealed class RelayTests
{
    private static readonly string[] HeaderOrder = ["position", "kind", "ledger_id", "schema", "content_type", "commitment", "previous_in_partition"];

    [Fact]
    public async Task Every_position_stands_once_in_the_events_topic_with_what_the_audience_may_see()
    {
        using var topics = new StreamTopics();
        await using var hub = await HubServer.StartAsync(null, null, topics.Setting);
        var company = await PublishAsync(hub, "company", TestListings.Company(1));
        var person = await PublishAsync(hub, "person", TestListings.Person(2));
        var published = await PublishAsync(hub, "published", TestListings.Person(3), l => l.PersonalPublicationBasis = "样例依据第一条");
        var ended = await PublishAsync(hub, "ended", TestListings.Person(4));
        var end = await EndAsync(hub, ended);

        var history = await topics.ReachAsync(end.Position);
        Assert.Equal(0, history.Doubles);
        Assert.True(history.Checkpoints >= topics.Partitions);
        var told = history.Records.ToDictionary(r => r.Key, r => LedgerEvent.Parser.ParseFrom(r.Value.Message.Value));

        // Each record says what it is, in one order and in ASCII.
        var ledger = hub.Services.GetRequiredService<ILedger>();
        foreach (var (position, record) in history.Records)
        {
            Assert.Equal(HeaderOrder, record.Message.Headers.Select(h => h.Key));
            Assert.All(record.Message.Headers, h => Assert.True(Ascii.IsValid(h.GetValueBytes())));
            Assert.Equal(ledger.LedgerId, record.Header(StreamHeaders.LedgerId));
            Assert.Equal(Convert.ToHexStringLower(ledger.Read(position, 1)[0].Commitment), record.Header(StreamHeaders.Commitment));
            Assert.Equal(position, told[position].Position);
            Assert.Equal($"EVENT_KIND_{record.Header(StreamHeaders.Kind)}", KindName(told[position].Kind));
        }

        // An organisation's content is open; a person's is sealed, and its number isn't in it even when it is opened.
        Assert.Equal(company.Subject, told[company.Position].Listing.Subject);
        Assert.Equal(company.SubjectName, told[company.Position].Listing.SubjectName);
        var updates = hub.Updates("platform");
        var opened = SealedContent.Open(told[person.Position], ledger.LedgerId, await KeyAsync(updates, person.ListingId)).Listing;
        Assert.Equal(person.ListCode, opened.ListCode);
        Assert.Null(opened.Subject);
        Assert.Equal("", opened.SubjectName);
        Assert.Equal(history.Records[person.Position].Message.Key, Convert.ToHexStringLower(opened.SubjectToken.Value.Span));
        var named = SealedContent.Open(told[published.Position], ledger.LedgerId, await KeyAsync(updates, published.ListingId)).Listing;
        Assert.Equal(published.SubjectName, named.SubjectName);
        Assert.Null(named.Subject);

        // What a person's ending tells, and what stands before it in the same partition under the same key.
        Assert.Equal(new Listing { ListingId = ended.ListingId, Revision = 2, State = ListingState.Ended, SubjectToken = told[end.Position].Listing.SubjectToken, Position = end.Position }, told[end.Position].Listing);
        Assert.Equal(history.Records[ended.Position].Message.Key, history.Records[end.Position].Message.Key);
        Assert.Equal(history.Records[ended.Position].Partition, history.Records[end.Position].Partition);
        var refused = await updates.GetContentKeysAsync(new GetContentKeysRequest { ListingIds = { ended.ListingId, "no-such", company.ListingId } });
        Assert.Equal([9, 5, 5], refused.Keys.Select(k => k.Error?.Code ?? 0));
        Assert.True(hub.Warnings.IsEmpty, string.Join('\n', hub.Warnings));
    }

    [Fact]
    public async Task The_state_topic_has_what_is_live_and_tombstones_of_what_ended()
    {
        using var topics = new StreamTopics();
        await using var hub = await HubServer.StartAsync(null, null, topics.Setting);
        var company = await PublishAsync(hub, "company", TestListings.Company(1));
        var person = await PublishAsync(hub, "person", TestListings.Person(2));
        var end = await EndAsync(hub, person);
        await topics.ReachAsync(end.Position);

        var state = TopicRecords.Read(topics.Kafka.BootstrapServers, StreamTopics.State, topics.Partitions);
        var newest = state.Where(r => !r.IsCheckpoint()).GroupBy(r => r.Message.Key).ToDictionary(g => g.Key, g => g.MaxBy(r => r.Position())!);
        Assert.Equal(new[] { company.ListingId, person.ListingId }.Order(), newest.Keys.Order());
        Assert.Equal(company.ListingId, LedgerEvent.Parser.ParseFrom(newest[company.ListingId].Message.Value).Listing.ListingId);
        Assert.Null(newest[person.ListingId].Message.Value);
        Assert.Equal(end.Position, newest[person.ListingId].Position());
        Assert.All(state, r => Assert.Equal(r.IsCheckpoint() ? r.Partition.Value : StreamPartition.Of(r.Message.Key, topics.Partitions), r.Partition.Value));
    }

    [Fact]
    public async Task An_erased_listing_leaves_its_position_and_a_tombstone_and_nothing_else()
    {
        using var topics = new StreamTopics();
        // Four years ago: a withdrawn listing of the courts is kept for three.
        var old = await HubServer.StartAsync(null, FakeTime.OfWallClock(TimeProvider.System.GetUtcNow().AddYears(-4)), topics.Setting);
        var listing = await PublishAsync(old, "old", TestListings.Person(9), l =>
        {
            l.Document.DecidedOn = "2021-06-02";
            l.ConductOn = "2021-03-01";
            l.Notice.ServedOn = "2021-06-05";
        });
        var withdrawn = (await old.Registry("hainan-high-court").WithdrawListingAsync(new WithdrawListingRequest
        {
            RequestId = "withdraw",
            ListingId = listing.ListingId,
            ExpectedRevision = 1,
            Reason = "有误",
            Document = listing.Document,
        })).Listing;
        await topics.ReachAsync(withdrawn.Position);
        await old.StopAsync();

        await using var hub = await HubServer.StartAsync(old.Data, null, topics.Setting);
        var erased = await new MaintenanceService.MaintenanceServiceClient(hub.As("hainan-high-court")).EraseListingAsync(new EraseListingRequest
        {
            RequestId = "erase",
            ListingId = listing.ListingId,
            ExpectedRevision = withdrawn.Revision,
            Reason = "期满",
        });
        var history = await topics.ReachAsync(erased.Position);
        var told = history.Records[erased.Position];
        Assert.Equal("ERASED", told.Header(StreamHeaders.Kind));
        Assert.StartsWith("event-", told.Message.Key, StringComparison.Ordinal);
        Assert.Equal(listing.ListingId, LedgerEvent.Parser.ParseFrom(told.Message.Value).Erasure.ListingId);
        var state = TopicRecords.Read(topics.Kafka.BootstrapServers, StreamTopics.State, topics.Partitions).Where(r => r.Message.Key == listing.ListingId);
        var last = state.MaxBy(r => r.Position())!;
        Assert.Equal((erased.Position, null), (last.Position(), last.Message.Value));

        // What was told while it stood is sealed under a key that is gone.
        var refused = await hub.Updates("platform").GetContentKeysAsync(new GetContentKeysRequest { ListingIds = { listing.ListingId } });
        Assert.Equal(9, refused.Keys.Single().Error.Code);
    }

    [Fact]
    public async Task No_natural_person_s_number_and_no_name_stands_in_the_topics_in_clear()
    {
        using var topics = new StreamTopics();
        await using var hub = await HubServer.StartAsync(null, null, topics.Setting);
        List<string> secrets = [];
        Listing last = new();
        for (var i = 0; i < 40; i++)
        {
            var person = i % 4 == 3 ? SampleIds.Passport(new Random(i)) : TestListings.Person(i);
            var name = $"样例秘{i:000}";
            secrets.AddRange(person.Number, name);
            last = await PublishAsync(hub, $"p{i}", person, l =>
            {
                l.SubjectName = name;
                l.PersonalPublicationBasis = i % 2 == 0 ? "样例依据第一条" : "";
            });
            if (i % 5 == 0)
            {
                last = await EndAsync(hub, last);
            }
        }

        await topics.ReachAsync(last.Position);
        foreach (var topic in new[] { StreamTopics.Events, StreamTopics.State })
        {
            foreach (var record in TopicRecords.Read(topics.Kafka.BootstrapServers, topic, topics.Partitions))
            {
                byte[] all = [.. Encoding.UTF8.GetBytes(record.Message.Key), .. record.Message.Value ?? [], .. record.Message.Headers.SelectMany(h => h.GetValueBytes())];
                Assert.All(secrets, secret => Assert.Equal(-1, all.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret))));
            }
        }
    }

    [Fact]
    public async Task Checkpoints_are_signed_by_the_key_that_the_stream_s_description_names()
    {
        using var topics = new StreamTopics();
        await using var hub = await HubServer.StartAsync(null, null, topics.Setting);
        var published = await PublishAsync(hub, "one", TestListings.Company(1));
        await topics.ReachAsync(published.Position);
        var stream = await hub.Updates("platform").DescribeStreamAsync(new DescribeStreamRequest());
        Assert.Equal((StreamTopics.Events, StreamTopics.State, topics.Partitions, 1), (stream.EventsTopic, stream.StateTopic, stream.Partitions, stream.Generation));
        Assert.True(stream.Position >= published.Position);

        foreach (var topic in new[] { StreamTopics.Events, StreamTopics.State })
        {
            var checkpoints = TopicRecords.Read(topics.Kafka.BootstrapServers, topic, topics.Partitions).Where(r => r.IsCheckpoint()).ToList();
            Assert.Equal(topics.Partitions, checkpoints.DistinctBy(c => c.Partition.Value).Count());
            foreach (var record in checkpoints)
            {
                var signed = SignedCheckpoint.Parser.ParseFrom(record.Message.Value);
                Assert.True(CheckpointSignature.Verify(signed, stream.Keys.Single().PublicKey.ToByteArray()));
                var checkpoint = StreamCheckpoint.Parser.ParseFrom(signed.Checkpoint);
                Assert.Equal((topic, record.Partition.Value, stream.LedgerId), (checkpoint.Topic, checkpoint.Partition, checkpoint.LedgerId));
                var bent = signed.Clone();
                checkpoint.Count++;
                bent.Checkpoint = Google.Protobuf.ByteString.CopyFrom(Google.Protobuf.MessageExtensions.ToByteArray(checkpoint));
                Assert.False(CheckpointSignature.Verify(bent, stream.Keys.Single().PublicKey.ToByteArray()));
            }
        }
    }

    [Fact]
    public async Task A_stopped_hub_goes_on_where_it_was_and_a_repaired_listing_s_earlier_events_are_taken_back_for_who_comes_later()
    {
        using var topics = new StreamTopics();
        var first = await HubServer.StartAsync();
        var company = await PublishAsync(first, "company", TestListings.Company(1));
        await EndAsync(first, company);
        var person = await PublishAsync(first, "person", TestListings.Person(2));
        await first.StopAsync();

        // The topics begin late: what ended before is told only as ended.
        var second = await HubServer.StartAsync(first.Data, null, topics.Setting);
        var history = await topics.ReachAsync(person.Position);
        Assert.Equal(Redaction.Ended, LedgerEvent.Parser.ParseFrom(history.Records[company.Position].Message.Value).Redaction);
        await second.StopAsync();

        await using var third = await HubServer.StartAsync(first.Data, null, topics.Setting);
        var next = await PublishAsync(third, "next", TestListings.Company(3));
        history = await topics.ReachAsync(next.Position);
        Assert.Equal(0, history.Doubles);
        Assert.True(third.Warnings.IsEmpty, string.Join('\n', third.Warnings));
    }

    [Fact]
    public async Task Nothing_of_Kafka_is_loaded_without_it_and_no_stream_is_known()
    {
        var data = Directory.CreateTempSubdirectory("hub-").FullName;
        try
        {
            await using (var hub = await HubProcess.StartAsync(data))
            {
                Assert.DoesNotContain("librdkafka", await File.ReadAllTextAsync($"/proc/{hub.Id}/maps"), StringComparison.Ordinal);
                var failure = await RpcFailure.OfAsync(hub.Updates("operator").DescribeStreamAsync(new DescribeStreamRequest { Audience = "platform" }));
                Assert.Equal("STREAM_UNKNOWN", failure.Reason);
            }

            using var topics = new StreamTopics();
            await using var with = await HubProcess.StartAsync(data, "--" + topics.Setting);
            Assert.Contains("librdkafka", await File.ReadAllTextAsync($"/proc/{with.Id}/maps"), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    internal static async Task<Listing> PublishAsync(HubServer hub, string key, SubjectId subject, Action<Listing>? change = null)
    {
        var listing = TestListings.Create("court.dishonest-judgment-debtor", subject, key);
        change?.Invoke(listing);
        return (await hub.Registry("hainan-high-court").PublishListingAsync(new PublishListingRequest { RequestId = key, Listing = listing })).Listing;
    }

    internal static async Task<Listing> EndAsync(HubServer hub, Listing listing) =>
        (await hub.Registry("hainan-high-court").EndListingAsync(new EndListingRequest
        {
            RequestId = $"end-{listing.SourceRef}",
            ListingId = listing.ListingId,
            ExpectedRevision = listing.Revision,
            Reason = "履行完毕",
            Ground = EndGround.DutyDone,
        })).Listing;

    private static string KindName(EventKind kind) =>
        LedgerReflection.Descriptor.EnumTypes.Single(e => e.Name == nameof(EventKind)).FindValueByNumber((int)kind).Name;

    private static async Task<byte[]> KeyAsync(ListUpdateService.ListUpdateServiceClient updates, string listingId) =>
        (await updates.GetContentKeysAsync(new GetContentKeysRequest { ListingIds = { listingId } })).Keys.Single().Key.ToByteArray();
}
