using System.Globalization;
using CreditExchange.AccessLog.Reading;
using CreditExchange.Ledger;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CreditExchange.Hub.Tests.Streams;

/// <summary>Consumers tell how far they are.</summary>
public sealed class AcknowledgementTests(SharedHub shared) : IClassFixture<SharedHub>
{
    private const string Guangdong = "guangdong-hub";
    private const string Guangxi = "guangxi-hub";

    private ILedger Ledger => shared.Hub.Services.GetRequiredService<ILedger>();

    public static TheoryData<string, string, StatusCode, string, Action<AcknowledgeUpdatesRequest>> Bad => new()
    {
        { "no name", "consumer", StatusCode.InvalidArgument, "REQUIRED", q => q.Consumer = "" },
        { "blank name", "consumer", StatusCode.InvalidArgument, "REQUIRED", q => q.Consumer = " " },
        { "long name", "consumer", StatusCode.InvalidArgument, "TOO_LONG", q => q.Consumer = new string('a', 64) },
        { "capital", "consumer", StatusCode.InvalidArgument, "TEXT_INVALID", q => q.Consumer = "Node" },
        { "slash", "consumer", StatusCode.InvalidArgument, "TEXT_INVALID", q => q.Consumer = "a/b" },
        { "quote", "consumer", StatusCode.InvalidArgument, "TEXT_INVALID", q => q.Consumer = "a\"b" },
        { "control", "consumer", StatusCode.InvalidArgument, "TEXT_INVALID", q => q.Consumer = "a\nb" },
        { "number in name", "consumer", StatusCode.InvalidArgument, "NUMBER_IN_TEXT", q => q.Consumer = "n-" + HeldNumber },
        { "no ledger", "ledger_id", StatusCode.InvalidArgument, "REQUIRED", q => q.LedgerId = "" },
        { "foreign ledger", "ledger_id", StatusCode.FailedPrecondition, "LEDGER_DIVERGED", q => q.LedgerId = "abcdef.1" },
        { "negative", "position", StatusCode.OutOfRange, "POSITION_AHEAD", q => q.Position = -1 },
        { "ahead", "position", StatusCode.OutOfRange, "POSITION_AHEAD", q => q.Position = 1_000_000 },
        { "far ahead", "position", StatusCode.OutOfRange, "POSITION_AHEAD", q => q.Position = long.MaxValue },
        { "many refused", "refused", StatusCode.InvalidArgument, "TOO_LONG", q => q.Refused.Add(Enumerable.Repeat(Refuse(1), 1_001)) },
        { "refused nothing", "refused[0].position", StatusCode.InvalidArgument, "ENUM_INVALID", q => q.Refused.Add(Refuse(0)) },
        { "refused negative", "refused[0].position", StatusCode.InvalidArgument, "ENUM_INVALID", q => q.Refused.Add(Refuse(-1)) },
        { "refused beyond", "refused[1].position", StatusCode.InvalidArgument, "ENUM_INVALID", q => q.Refused.Add([Refuse(2), Refuse(4)]) },
        { "no reason", "refused[0].reason", StatusCode.InvalidArgument, "REQUIRED", q => q.Refused.Add(Refuse(1, "")) },
        { "small letters", "refused[0].reason", StatusCode.InvalidArgument, "TEXT_INVALID", q => q.Refused.Add(Refuse(1, "unknown")) },
        { "words", "refused[0].reason", StatusCode.InvalidArgument, "TEXT_INVALID", q => q.Refused.Add(Refuse(1, "名单未知")) },
        { "long reason", "refused[0].reason", StatusCode.InvalidArgument, "TOO_LONG", q => q.Refused.Add(Refuse(1, new string('A', 65))) },
        { "number in reason", "refused[0].reason", StatusCode.InvalidArgument, "NUMBER_IN_TEXT", q => q.Refused.Add(Refuse(1, "N_" + HeldNumber)) },
    };

    // Digits alone, since the letter of some is a small one here and a capital there.
    private static string HeldNumber { get; } =
        Enumerable.Range(1, 1_000).Select(i => TestListings.Person(i).Number).First(n => n.All(char.IsAsciiDigit));

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task What_cannot_be_kept_is_refused_by_its_field_and_keeps_nothing(
        string name, string field, StatusCode code, string reason, Action<AcknowledgeUpdatesRequest> spoil)
    {
        var request = Request(shared.Id("bad"), 3);
        spoil(request);
        var failure = await RpcFailure.OfAsync(shared.Hub.Updates(Guangdong).AcknowledgeUpdatesAsync(request));
        Assert.Equal((name, code, reason), (name, failure.Code, failure.Reason));
        Assert.Equal(failure.Code == StatusCode.InvalidArgument ? field : failure.Field, failure.Field);
        Assert.DoesNotContain(await ListAsync(Guangdong), c => c.Name == request.Consumer);
    }

    [Fact]
    public async Task What_a_consumer_tells_is_kept_with_lag_and_age_and_found_by_its_agency_and_operators_alone()
    {
        var name = shared.Id("reader");
        var head = Ledger.Head;
        var told = await TellAsync(Guangdong, Request(name, head - 2, Refuse(2, "LIST_UNKNOWN"), Refuse(1, "A_1")));
        Assert.Equal((head - 2, true), (told.Position, told.Head >= head));
        var mine = (await ListAsync(Guangdong)).Single(c => c.Name == name);
        Assert.Equal((Guangdong, head - 2, 2L), (mine.AgencyId, mine.Position, mine.RefusedCount));
        Assert.Equal([(1, "A_1"), (2, "LIST_UNKNOWN")], mine.Refused.Select(r => (r.Position, r.Reason)));
        Assert.True(mine.Lag >= 2 && mine.Behind is not null && mine.ToldAt is not null);
        Assert.Contains(await ListAsync("operator"), c => c.Equals(mine) || (c.Name == name && c.Position == mine.Position));
        Assert.All(await ListAsync(Guangdong), c => Assert.Equal(Guangdong, c.AgencyId));
        Assert.DoesNotContain(await ListAsync(Guangxi), c => c.Name == name);
        Assert.DoesNotContain(await ListAsync("hainan-tax"), c => c.Name == name);
        // The same name is another consumer at another agency.
        await TellAsync(Guangxi, Request(name, 1));
        Assert.Equal(head - 2, (await ListAsync(Guangdong)).Single(c => c.Name == name).Position);
        var all = (await ListAsync("operator")).Select(c => (c.AgencyId, c.Name)).ToList();
        Assert.Equal(all.OrderBy(c => c.AgencyId, StringComparer.Ordinal).ThenBy(c => c.Name, StringComparer.Ordinal), all);
    }

    [Fact]
    public async Task At_the_head_nothing_is_behind()
    {
        var name = shared.Id("at-head");
        while (true)
        {
            var told = await TellAsync(Guangdong, Request(name, Ledger.Head));
            var listed = await shared.Hub.Updates(Guangdong).ListConsumersAsync(new ListConsumersRequest());
            if (listed.Head == told.Position)
            {
                var consumer = listed.Consumers.Single(c => c.Name == name);
                Assert.Equal((0L, null), (consumer.Lag, consumer.Behind));
                Assert.Equal(Ledger.LedgerId, listed.LedgerId);
                return;
            }
        }
    }

    [Fact]
    public async Task A_refusal_told_twice_counts_once_and_a_lower_position_is_kept_as_told()
    {
        var name = shared.Id("again");
        await TellAsync(Guangdong, Request(name, 5, Refuse(3), Refuse(3), Refuse(4)));
        await TellAsync(Guangdong, Request(name, 5, Refuse(3), Refuse(4, "OTHER"), Refuse(5)));
        var consumer = (await ListAsync(Guangdong)).Single(c => c.Name == name);
        Assert.Equal((5L, 3L), (consumer.Position, consumer.RefusedCount));
        Assert.Equal([(3, "R"), (4, "OTHER"), (5, "R")], consumer.Refused.Select(r => (r.Position, r.Reason)));
        Assert.Equal(2, (await TellAsync(Guangdong, Request(name, 2))).Position);
        consumer = (await ListAsync(Guangdong)).Single(c => c.Name == name);
        Assert.Equal((2L, 3L), (consumer.Position, consumer.RefusedCount));
        Assert.Equal(0, (await TellAsync(Guangdong, Request(name, 0))).Position);
    }

    [Fact]
    public async Task An_agency_has_a_hundred_consumers_at_most()
    {
        await using var hub = await HubServer.StartAsync();
        var updates = hub.Updates(Guangdong);
        var ledger = hub.Services.GetRequiredService<ILedger>();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => updates.AcknowledgeUpdatesAsync(Of($"c-{i}")).ResponseAsync));
        var failure = await RpcFailure.OfAsync(updates.AcknowledgeUpdatesAsync(Of("c-100")));
        Assert.Equal(
            (StatusCode.FailedPrecondition, "CONSUMER_LIMIT", "100"), (failure.Code, failure.Reason, failure.Facts["limit"]));
        await updates.AcknowledgeUpdatesAsync(Of("c-99"));
        await hub.Updates(Guangxi).AcknowledgeUpdatesAsync(Of("c-100"));
        Assert.Equal(101, (await hub.Updates("operator").ListConsumersAsync(new ListConsumersRequest())).Consumers.Count);

        AcknowledgeUpdatesRequest Of(string name) => new() { Consumer = name, LedgerId = ledger.LedgerId, Position = 1 };
    }

    [Fact]
    public async Task A_restart_keeps_what_was_told()
    {
        var hub = await HubServer.StartAsync();
        var ledger = hub.Services.GetRequiredService<ILedger>();
        var request = new AcknowledgeUpdatesRequest
        {
            Consumer = "kept",
            LedgerId = ledger.LedgerId,
            Position = 4,
            Refused = { Refuse(2, "LIST_UNKNOWN") },
        };
        await hub.Updates(Guangdong).AcknowledgeUpdatesAsync(request);
        await hub.Updates(Guangxi).AcknowledgeUpdatesAsync(new AcknowledgeUpdatesRequest { Consumer = "kept", LedgerId = ledger.LedgerId, Position = 1 });
        var before = (await hub.Updates("operator").ListConsumersAsync(new ListConsumersRequest())).Consumers;
        await hub.StopAsync();
        await using var again = await HubServer.StartAsync(hub.Data);
        var after = (await again.Updates("operator").ListConsumersAsync(new ListConsumersRequest())).Consumers;
        Assert.Equal([(Guangdong, "kept", 4L, 1L), (Guangxi, "kept", 1L, 0L)], after.Select(c => (c.AgencyId, c.Name, c.Position, c.RefusedCount)));
        Assert.Equal(before.Select(c => (c.ToldAt, c.Refused)), after.Select(c => (c.ToldAt, c.Refused)));
        // And it goes on: the row's version was read too, and the refusal is still known.
        await again.Updates(Guangdong).AcknowledgeUpdatesAsync(request);
        Assert.Equal(1, (await again.Updates(Guangdong).ListConsumersAsync(new ListConsumersRequest())).Consumers.Single().RefusedCount);
    }

    [Fact]
    public async Task Many_calls_at_once_are_all_answered_by_what_is_kept_and_counted_once_each()
    {
        var names = Enumerable.Range(0, 4).Select(_ => shared.Id("busy")).ToList();
        await Task.WhenAll(Enumerable.Range(0, 400).Select(async i =>
        {
            // Each refusal comes from twenty calls.
            var told = await TellAsync(Guangdong, Request(names[i % 4], 5, Refuse(1 + (i / 4 % 5))));
            Assert.Equal(5, told.Position);
        }));
        foreach (var name in names)
        {
            var consumer = (await ListAsync(Guangdong)).Single(c => c.Name == name);
            Assert.Equal((5L, 5L), (consumer.Position, consumer.RefusedCount));
            var row = Ledger.Progress.Read($"consumer/{Guangdong}/{name}")!;
            Assert.InRange(row.Version, 1, 99);
        }
    }

    [Fact]
    public async Task A_call_leaves_one_record_with_the_position_that_is_kept()
    {
        var name = shared.Id("logged");
        await TellAsync(Guangxi, Request(name, 3));
        var records = AccessLogReader.Read(Path.Combine(shared.Hub.Data, "access-log")).Select(e => e.Record)
            .Where(r => r.AgencyId == Guangxi && r.Method == "ListUpdateService/AcknowledgeUpdates" && r.Position == 3);
        Assert.Equal(Ledger.LedgerId, Assert.Single(records).LedgerId);
    }

    [Fact]
    public async Task The_metrics_tell_lag_and_refusals_of_each_consumer()
    {
        var name = shared.Id("measured");
        await TellAsync(Guangdong, Request(name, 2, Refuse(1), Refuse(2)));
        using var http = new HttpClient();
        var head = Ledger.Head;
        var text = await http.GetStringAsync(new Uri($"{shared.Hub.HttpAddress}/metrics"));
        var line = text.Split('\n').Single(l => l.StartsWith($"creditexchange_consumer_lag{{agency=\"{Guangdong}\",consumer=\"{name}\"}} ", StringComparison.Ordinal));
        Assert.True(long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture) >= head - 2);
        Assert.Contains($"creditexchange_consumer_refused_total{{agency=\"{Guangdong}\",consumer=\"{name}\"}} 2\n", text, StringComparison.Ordinal);
    }

    private static RefusedUpdate Refuse(long position, string reason = "R") => new() { Position = position, Reason = reason };

    private AcknowledgeUpdatesRequest Request(string consumer, long position, params RefusedUpdate[] refused) =>
        new() { Consumer = consumer, LedgerId = Ledger.LedgerId, Position = position, Refused = { refused } };

    private async Task<AcknowledgeUpdatesResponse> TellAsync(string agency, AcknowledgeUpdatesRequest request) =>
        await shared.Hub.Updates(agency).AcknowledgeUpdatesAsync(request);

    private async Task<IReadOnlyList<Consumer>> ListAsync(string agency) =>
        (await shared.Hub.Updates(agency).ListConsumersAsync(new ListConsumersRequest())).Consumers;
}
