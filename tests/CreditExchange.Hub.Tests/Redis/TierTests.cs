using System.Text;
using CreditExchange.Domain.Subjects;
using CreditExchange.Lookup.Redis;
using CreditExchange.TestKit;
using CreditExchange.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace CreditExchange.Hub.Tests.Redis;

/// <summary>What the tier in Redis holds, and what can't get into it.</summary>
public sealed class TierTests
{
    [Fact]
    public async Task Each_change_of_a_listing_reaches_Redis_and_its_withdrawal_leaves_an_empty_value()
    {
        await using var hub = await TierHub.StartAsync();
        var listing = await hub.PublishAsync();
        await hub.ComesRightAsync();
        var detail = await hub.ReadAsync(hub.Subjects[0]);
        var fact = Assert.Single(detail!.Facts);
        Assert.Equal((listing.ListCode, ListingState.Active, "hainan-high-court"), (fact.ListCode, fact.State, fact.Agency));
        Assert.NotEmpty(fact.Measures);
        Assert.NotEqual(0UL, fact.NameTag);

        var ended = await hub.WithdrawAsync(listing);
        await Eventually.HoldsAsync("an empty value", async () => await hub.ReadAsync(hub.Subjects[0], ended) is { Facts.Length: 0 });
        var lifetime = await hub.Redis.DoAsync((database, _) => database.KeyTimeToLiveAsync(new TierKeys(hub.Ledger.LedgerId).Value(hub.KeyOf(hub.Subjects[0]))));
        Assert.InRange(lifetime!.Value, TimeSpan.FromDays(6), RedisTier.Lifetime);
    }

    [Fact]
    public async Task Who_was_taken_out_by_an_amendment_has_an_empty_value()
    {
        await using var hub = await TierHub.StartAsync();
        var person = Domain.Samples.SampleIds.Passport(new Random(700));
        var listing = await hub.PublishAsync(TestListings.Person(701), l => l.OtherIds.Add(person));
        await Eventually.HoldsAsync("the other id", async () => await hub.ReadAsync(person) is { Facts.Length: 1 });
        var amended = await hub.Hub.Registry("hainan-high-court").AmendListingAsync(new AmendListingRequest
        {
            RequestId = "amend",
            ListingId = listing.ListingId,
            ExpectedRevision = listing.Revision,
            Reason = "更正",
            Listing = new Listing(),
            UpdateMask = new FieldMask { Paths = { "other_ids" } },
        });
        await Eventually.HoldsAsync("its end", async () => await hub.ReadAsync(person, amended.Listing.Position) is { Facts.Length: 0 });
        await hub.ComesRightAsync();
    }

    [Fact]
    public async Task Redis_holds_no_number_and_no_name_neither_in_keys_nor_in_values()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync(40);
        await hub.ComesRightAsync();
        var everything = await hub.Redis.DoAsync(async (database, server) =>
        {
            var all = new List<byte[]>();
            await foreach (var key in server.KeysAsync())
            {
                all.Add(key!);
                all.Add((await database.StringGetAsync(key))!);
            }

            return all;
        });
        Assert.True(everything.Count >= 2 * (40 + TierKeys.Buckets));
        var name = hub.Listings[0].SubjectName;
        foreach (var secret in hub.Subjects.Select(s => s.Number).Append(name).Append(name[..4]).Append("court").Append("hainan"))
        {
            var bytes = Encoding.UTF8.GetBytes(secret);
            Assert.DoesNotContain(everything, held => held.AsSpan().IndexOf(bytes) >= 0);
        }
    }

    [Fact]
    public async Task A_value_that_was_moved_changed_or_made_older_is_not_believed()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync(2);
        await hub.ComesRightAsync();
        var details = hub.Reader.Details;
        var (one, other) = (hub.KeyOf(hub.Subjects[0]), hub.KeyOf(hub.Subjects[1]));
        var value = hub.Projection.Seal(one);
        Assert.True(details.TryOpen(one, value, out var position, out var facts));
        Assert.Equal((hub.View.Position, 1), (position, facts.Length));
        Assert.False(details.TryOpen(other, value, out _, out _));
        foreach (var at in new[] { 0, 19, 20, 21, 25, 40, value.Length - 1 })
        {
            var changed = value.ToArray();
            changed[at] ^= 1;
            Assert.False(details.TryOpen(one, changed, out _, out _), $"byte {at}");
        }

        Assert.False(details.TryOpen(one, value.AsSpan(0, 30), out _, out _));
        var elsewhere = new SealedDetails(hub.Ledger.Keys, new TierKeys("ffffff.1"));
        Assert.False(elsewhere.TryOpen(one, value, out _, out _));
    }

    [Fact]
    public async Task A_late_writer_brings_nothing_back_not_even_where_the_newer_value_is_gone()
    {
        await using var hub = await TierHub.StartAsync();
        var listing = await hub.PublishAsync();
        await hub.ComesRightAsync();
        var key = hub.KeyOf(hub.Subjects[0]);
        var bucket = TierKeys.BucketOf(key);
        var name = new TierKeys(hub.Ledger.LedgerId).Value(key);
        // What a writer prepared that then stood still.
        var late = new BucketWrite(bucket, hub.Ledger.Head, hub.Ledger.Head, [(key, hub.Projection.Seal(key))]);
        var ended = await hub.WithdrawAsync(listing);
        await Eventually.HoldsAsync("the end in Redis", async () => await hub.ReadAsync(hub.Subjects[0], ended) is { Facts.Length: 0 });

        Assert.False(Assert.Single((await hub.Reader.WriteAsync([late]))!));
        Assert.Empty((await hub.ReadAsync(hub.Subjects[0], ended))!.Facts);

        Assert.True(await hub.Redis.DoAsync((database, _) => database.KeyDeleteAsync(name)));
        await hub.Reader.WriteAsync([late]);
        Assert.Null(await hub.ReadAsync(hub.Subjects[0], ended));
        Assert.False(await hub.Redis.DoAsync((database, _) => database.KeyExistsAsync(name)));
    }

    [Fact]
    public async Task A_late_writer_who_finds_nothing_at_all_is_overruled_by_the_next_one()
    {
        await using var hub = await TierHub.StartAsync();
        var listing = await hub.PublishAsync();
        await hub.ComesRightAsync();
        var key = hub.KeyOf(hub.Subjects[0]);
        var before = hub.Ledger.Head;
        var late = new BucketWrite(TierKeys.BucketOf(key), before, before, [(key, hub.Projection.Seal(key))]);
        var ended = await hub.WithdrawAsync(listing);
        await Eventually.HoldsAsync("the end in Redis", async () => await hub.ReadAsync(hub.Subjects[0], ended) is { Facts.Length: 0 });
        await hub.Redis.CommandAsync("FLUSHALL");
        await hub.Reader.WriteAsync([late]);
        // Alone in an empty Redis it is believed for its own position, and for no later one.
        if (await hub.ReadAsync(hub.Subjects[0], ended) is { } seen)
        {
            Assert.Empty(seen.Facts);
        }

        // The hub's own writer knows that it wrote more than is there: the bucket begins anew, above what the late one wrote.
        await Eventually.HoldsAsync("the bucket's new beginning", async () =>
        {
            var found = await hub.ReadAsync(hub.Subjects[0], ended);
            Assert.True(found is null or { Facts.Length: 0 });
            return found is not null;
        });
    }

    [Fact]
    public async Task A_missing_value_is_written_when_somebody_missed_it()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync();
        await hub.ComesRightAsync();
        var key = hub.KeyOf(hub.Subjects[0]);
        await hub.Redis.DoAsync((database, _) => database.KeyDeleteAsync(new TierKeys(hub.Ledger.LedgerId).Value(key)));
        Assert.Null(await hub.ReadAsync(hub.Subjects[0]));
        hub.Projection.Missed(key);
        await hub.ComesRightAsync();
    }

    [Fact]
    public async Task A_restarted_hub_goes_on_where_Redis_stands_without_filling_it_again()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync(30);
        await hub.ComesRightAsync();
        await Eventually.HoldsAsync("the last position in Redis", () => hub.Projection.Written == hub.Ledger.Head && !hub.Projection.IsFilling);
        await hub.RestartHubAsync();
        await hub.PublishAsync(5);
        await hub.ComesRightAsync();
        Assert.Equal(0, hub.Hub.Services.GetRequiredService<RedisTier>().Counts.Restarts);
    }

    [Fact]
    public async Task A_switch_of_the_subject_key_voids_what_was_written_before_it()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync(20);
        await hub.ComesRightAsync();
        await new KeyService.KeyServiceClient(hub.Hub.As("security")).RotateSubjectKeyAsync(
            new RotateSubjectKeyRequest { RequestId = "rotate", Reason = "test" });
        for (var i = 0; i < 20; i++)
        {
            // A second listing of a subject is filed under the next key with its event, the first one without any.
            await hub.PublishAsync(hub.Subjects[i]);
        }

        await Eventually.HoldsAsync("the switch", () => hub.View.KeyVersion == 2);
        await hub.ComesRightAsync();
        Assert.All(await Task.WhenAll(hub.Subjects.Take(20).Select(s => hub.ReadAsync(s))), d => Assert.Equal(2, d!.Facts.Length));
    }

    [Fact]
    public async Task Several_writers_at_once_do_no_harm()
    {
        await using var hub = await TierHub.StartAsync();
        using var stop = new CancellationTokenSource();
        await using var tier = hub.NewTier(hub.Redis.Configuration);
        var others = Enumerable.Range(0, 2).Select(_ => new TierProjection(
            hub.Ledger, hub.View, tier, TimeProvider.System, NullLogger<TierProjection>.Instance).RunAsync(stop.Token)).ToArray();
        for (var round = 0; round < 20; round++)
        {
            var listing = await hub.PublishAsync();
            if (round % 3 == 0)
            {
                await hub.EndAsync(listing);
            }

            await hub.AssertNeverWrongAsync();
        }

        await hub.ComesRightAsync();
        await stop.CancelAsync();
        await Task.WhenAll(others);
    }

    [Fact]
    public async Task The_metrics_tell_of_Redis()
    {
        await using var hub = await TierHub.StartAsync();
        await hub.PublishAsync();
        await hub.ComesRightAsync();
        await Eventually.HoldsAsync("the position", async () =>
        {
            using var http = new HttpClient();
            var text = await http.GetStringAsync(new Uri($"{hub.Hub.HttpAddress}/metrics"));
            return text.Contains($"creditexchange_redis_position {hub.Ledger.Head}\n", StringComparison.Ordinal)
                && text.Contains("creditexchange_redis_restarts_total 256\n", StringComparison.Ordinal)
                && text.Contains("creditexchange_redis_lag_seconds 0\n", StringComparison.Ordinal);
        });
    }
}
