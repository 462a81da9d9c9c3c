using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace CreditExchange.Hub.Tests.Updates;

public sealed class WatchTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private const string Court = "court.dishonest-judgment-debtor";

    [Fact]
    public async Task A_watch_tells_every_position_from_any_on_and_chains_them()
    {
        var last = await shared.PublishAsync(Court, shared.Company());
        foreach (var from in new[] { 0, 1, last.Position / 2, last.Position })
        {
            var seen = await WatchAsync("hainan-high-court", from, m => m.Progress?.Position >= last.Position);
            var events = seen.Where(m => m.Event is not null).Select(m => m.Event).ToList();
            var first = Math.Max(1, from);
            Assert.Equal(Positions(first, events.Count), events.Select(e => e.Position));
            Assert.True(events[^1].Position >= last.Position);
            Assert.Equal(0, events[0].PreviousPosition);
            Assert.All(events.Zip(events.Skip(1)), p => Assert.Equal(p.First.Position, p.Second.PreviousPosition));
            Assert.All(events, e => Assert.True(e.Commitment.Length > 0 && e.RecordedAt is not null));
            Assert.All(events.Zip(events.Skip(1)), p => Assert.True(p.First.RecordedAt <= p.Second.RecordedAt));
        }
    }

    [Fact]
    public async Task A_watch_from_behind_the_head_gets_what_comes_next()
    {
        var last = await shared.PublishAsync(Court, shared.Company());
        using var watch = shared.Hub.Updates("hainan-high-court").WatchUpdates(new WatchUpdatesRequest { FromPosition = last.Position + 1 });
        await watch.ResponseHeadersAsync;
        var next = await shared.PublishAsync(Court, shared.Company());
        while (await watch.ResponseStream.MoveNext(CancellationToken.None) && watch.ResponseStream.Current.Event is null)
        {
            Assert.Equal(last.Position, watch.ResponseStream.Current.Progress.Position);
        }

        Assert.Equal(next.ToByteArray(), watch.ResponseStream.Current.Event!.Listing.ToByteArray());
        foreach (var ahead in new[] { next.Position + 2, long.MaxValue, -1 })
        {
            var failure = await RpcFailure.OfAsync(() => WatchAsync("operator", ahead, _ => true));
            Assert.Equal((StatusCode.OutOfRange, "POSITION_AHEAD", "from_position"), (failure.Code, failure.Reason, failure.Field));
        }

        var other = await RpcFailure.OfAsync(() => SharedHub.WatchAsync(
            shared.Hub.Updates("operator"), new WatchUpdatesRequest { FromPosition = 1, LedgerId = "another.1" }, _ => true));
        Assert.Equal("LEDGER_DIVERGED", other.Reason);
    }

    [Fact]
    public async Task Progress_is_told_at_the_head_and_goes_on_while_nothing_comes()
    {
        var last = await shared.PublishAsync(Court, shared.Company());
        var told = 0;
        var seen = await WatchAsync("operator", last.Position, m => m.Progress is not null && ++told == 3);
        var progress = seen.Where(m => m.Progress is not null).Select(m => m.Progress).ToList();
        Assert.All(progress, p => Assert.True(p.Position >= last.Position && p.LedgerId.Length > 0 && p.RecordedAt is not null));
        Assert.Equal(progress.OrderBy(p => p.Position), progress);
    }

    [Fact]
    public async Task A_filter_lets_its_lists_and_regions_through_and_progress_covers_the_rest()
    {
        await shared.PublishAsync(Court, shared.Company());
        var customs = await shared.PublishAsync("customs.dutyfree-ban", shared.Company());
        var last = await shared.PublishAsync("tax.a-grade", shared.Company());
        await OnlyAsync(new WatchUpdatesRequest { FromPosition = 1, ListCodes = { "customs.dutyfree-ban" } }, l => l.ListCode == "customs.dutyfree-ban");
        await OnlyAsync(new WatchUpdatesRequest { FromPosition = 1, Regions = { "4601" } }, l => l.Origin.Region == "460100");
        await OnlyAsync(new WatchUpdatesRequest { FromPosition = 1, Regions = { "44", "46" }, ListCodes = { Court, "tax.a-grade" } }, l => l.ListCode != customs.ListCode);
        await OnlyAsync(new WatchUpdatesRequest { FromPosition = 1, Regions = { "11" } }, _ => false);
        var many = new WatchUpdatesRequest { FromPosition = 1 };
        many.ListCodes.Add(Enumerable.Range(0, 101).Select(i => $"list.{i}"));
        Assert.Equal("TOO_LONG", (await RpcFailure.OfAsync(() => SharedHub.WatchAsync(shared.Hub.Updates("operator"), many, _ => true))).Reason);

        async Task OnlyAsync(WatchUpdatesRequest request, Predicate<Listing> passes)
        {
            var seen = await SharedHub.WatchAsync(shared.Hub.Updates("hainan-tax"), request, m => m.Progress?.Position >= last.Position);
            var events = seen.Where(m => m.Event is not null).Select(m => m.Event).ToList();
            Assert.All(events.Where(e => e.Listing is not null), e => Assert.True(passes(e.Listing)));
            Assert.All(events.Zip(events.Skip(1)), p => Assert.Equal(p.First.Position, p.Second.PreviousPosition));
            Assert.All(events, e => Assert.NotEqual(Redaction.Right, e.Redaction));
            Assert.Equal(passes(customs), events.Any(e => e.Listing?.ListingId == customs.ListingId));
        }
    }

    [Fact]
    public async Task A_partner_without_an_agreement_is_told_every_position_and_nothing_in_it()
    {
        var person = shared.Person();
        var listing = await shared.PublishAsync(Court, person, l => l.SubjectName = "样例丙");
        var ended = await shared.EndAsync(listing, EndGround.Settled);
        foreach (var partner in new[] { "guangdong-hub", "guangxi-hub" })
        {
            var seen = await WatchAsync(partner, 1, m => m.Progress?.Position >= ended.Position);
            var events = seen.Where(m => m.Event is not null).Select(m => m.Event).ToList();
            Assert.Equal(Positions(1, events.Count), events.Select(e => e.Position));
            Assert.True(events.Count >= ended.Position);
            foreach (var e in events.Where(e => e.Kind is EventKind.Published or EventKind.Ended or EventKind.AgencyChanged))
            {
                Assert.Equal((Redaction.Right, LedgerEvent.BodyOneofCase.None, "", ""), (e.Redaction, e.BodyCase, e.Reason, e.Actor));
            }

            foreach (var secret in new[] { person.Number, "样例丙", listing.ListingId, listing.SourceRef, Court })
            {
                var bytes = ByteString.CopyFromUtf8(secret).ToByteArray();
                Assert.All(seen, m => Assert.True(m.ToByteArray().AsSpan().IndexOf(bytes) < 0, secret));
            }

            var snapshot = await SnapshotTests.ReadAsync(shared.Hub.Updates(partner), new ReadSnapshotRequest());
            Assert.Empty(snapshot.Rows);
        }
    }

    [Fact]
    public async Task After_its_end_the_earlier_events_of_a_listing_are_redacted_for_all_but_the_publisher()
    {
        var listing = await shared.PublishAsync(Court, shared.Person());
        var before = await EventsAsync("hainan-approval", listing.Position, listing.Position);
        Assert.NotNull(before.Single().Listing.Subject);
        var ended = await shared.EndAsync(listing);
        var (other, own, system) = (
            await EventsAsync("hainan-approval", listing.Position, ended.Position), await EventsAsync("hainan-high-court", listing.Position, ended.Position),
            await EventsAsync("operator", listing.Position, ended.Position));
        Assert.Equal((Redaction.Ended, LedgerEvent.BodyOneofCase.None), (other[0].Redaction, other[0].BodyCase));
        Assert.Equal(ListingState.Ended, other[^1].Listing.State);
        Assert.Null(other[^1].Listing.Subject);
        Assert.Equal(listing.ToByteArray(), own[0].Listing.ToByteArray());
        Assert.Equal(ended.ToByteArray(), own[^1].Listing.ToByteArray());
        Assert.Equal(Redaction.Ended, system[0].Redaction);
        Assert.Null(system[^1].Listing.Subject);
        Assert.Equal("operator", system[^1].Listing.SubjectToken.Audience);

        var tokens = (other[^1].Listing.SubjectToken.Value, system[^1].Listing.SubjectToken.Value);
        Assert.NotEqual(tokens.Item1, tokens.Item2);
        Assert.All(other.Concat(system), e => Assert.True(e.ToByteArray().AsSpan().IndexOf(
            ByteString.CopyFromUtf8(listing.Subject.Number).ToByteArray()) < 0));
    }

    [Fact]
    public async Task A_link_is_seen_by_its_agency_only()
    {
        var (person, passport) = (shared.Person(), shared.Passport());
        var link = await shared.Registry("market.serious-violation").LinkSubjectsAsync(new LinkSubjectsRequest
        {
            RequestId = shared.Id(),
            Reason = "换证",
            Link = new SubjectLink { From = person, To = passport, Relation = SubjectRelation.SamePerson, Authority = "样例机构", Document = "一号" },
        });
        Assert.Equal(link.Link, (await EventsAsync("hainan-market-regulation", link.Position, link.Position)).Single().SubjectLink);
        foreach (var agency in new[] { "hainan-approval", "operator", "guangdong-hub", "hainan-high-court" })
        {
            var e = (await EventsAsync(agency, link.Position, link.Position)).Single();
            Assert.Equal((Redaction.Right, EventKind.SubjectLinked), (e.Redaction, e.Kind));
            Assert.Equal(LedgerEvent.BodyOneofCase.None, e.BodyCase);
        }
    }

    private Task<List<WatchUpdatesResponse>> WatchAsync(string agency, long from, Func<WatchUpdatesResponse, bool> isLast) =>
        SharedHub.WatchAsync(shared.Hub.Updates(agency), new WatchUpdatesRequest { FromPosition = from }, isLast);

    private async Task<List<LedgerEvent>> EventsAsync(string agency, long from, long to) =>
        [.. (await WatchAsync(agency, from, m => m.Event?.Position == to)).Where(m => m.Event is not null).Select(m => m.Event)];

    private static IEnumerable<long> Positions(long first, int count) => Enumerable.Range(0, count).Select(i => first + i);
}
