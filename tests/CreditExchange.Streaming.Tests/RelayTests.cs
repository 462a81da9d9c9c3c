using CreditExchange.Client.Streams;
using CreditExchange.TestKit;
using CreditExchange.V1;

namespace CreditExchange.Streaming.Tests;

public sealed class RelayTests
{
    private const string Events = "creditexchange.listing-events.v1";
    private const string State = "creditexchange.listing-state.v1";

    [Fact]
    public async Task Every_position_stands_once_in_the_events_topic_and_what_is_live_in_the_state_topic()
    {
        using var kafka = new MockKafka();
        kafka.CreateTopic(Events, 4);
        kafka.CreateTopic(State, 4);
        await using var hub = await HubServer.StartAsync(null, null, $"Kafka:BootstrapServers={kafka.BootstrapServers}");
        var court = hub.Registry("hainan-high-court");
        var company = (await court.PublishListingAsync(Request("company", TestListings.Company(1)))).Listing;
        var person = (await court.PublishListingAsync(Request("person", TestListings.Person(2)))).Listing;
        var ended = (await court.PublishListingAsync(Request("ended", TestListings.Person(3)))).Listing;
        var end = (await court.EndListingAsync(new EndListingRequest
        {
            RequestId = "end", ListingId = ended.ListingId, ExpectedRevision = 1, Reason = "履行完毕", Ground = EndGround.DutyDone,
        })).Listing;

        List<Confluent.Kafka.ConsumeResult<string, byte[]>> events = [];
        await Eventually.HoldsAsync("the last position in the topic", () =>
        {
            events = TopicRecords.Read(kafka.BootstrapServers, Events, 4);
            return events.Any(r => !r.IsCheckpoint() && r.Position() == end.Position);
        });
        Assert.Equal(
            Enumerable.Range(1, (int)end.Position).Select(i => (long)i), events.Where(r => !r.IsCheckpoint()).Select(r => r.Position()).Order());
        var told = events.Where(r => !r.IsCheckpoint()).ToDictionary(r => r.Position(), r => LedgerEvent.Parser.ParseFrom(r.Message.Value));
        Assert.Equal(company.SubjectName, told[company.Position].Listing.SubjectName);
        Assert.Equal(LedgerEvent.BodyOneofCase.SealedListing, told[person.Position].BodyCase);
        Assert.Empty(hub.Warnings);
    }

    private static PublishListingRequest Request(string key, SubjectId subject) => new()
    {
        RequestId = key,
        Listing = TestListings.Create("court.dishonest-judgment-debtor", subject, key),
    };
}
